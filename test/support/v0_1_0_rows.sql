-- What version 0.1.0 left in the tables of v0_1_0.sql: users whose passwords are Argon2id (libargon2) and
-- bcrypt (libxcrypt), a user who is inactive, a session that was refreshed once, and signing keys. The
-- statements are those of its sql/queries with times before now; what is sealed was made by its formats
-- (AES-256-GCM bound to the row, HMAC-SHA-256 for refresh tokens) with the libraries of Python, and not by
-- this version. test/e2e/test_upgrade.py has the key-encryption key, the passwords and the refresh token.
insert into "user" (id, username, email, password, active) values
    ('00000000-0000-4000-8000-00000000000b', 'grace', 'Grace@Example.org',
     '$argon2id$v=19$m=64,t=2,p=1$SBkVN0ENJQ0HYV8m3IY1Cg$IV0EFUhoqTnM9W5xW9H1tOJL259sM38OjnM/1fEBShc', true);
insert into "user" (id, username, email, password, active) values
    ('00000000-0000-4000-8000-00000000000c', 'margaret', null,
     '$2b$04$abcdefghijklmnopqrstuuG0dn23TmsW2CgnJryKiUOtvqgeAPA.2', true);
insert into "user" (id, username, email, password, active) values
    ('00000000-0000-4000-8000-00000000000d', 'hopper', null,
     '$argon2id$v=19$m=64,t=2,p=1$jXp85873WBdulnovfzIptg$7a26PjuhDba/Wx/V1mgEbXdtic4J3E0sDhpdORkxM90', false);
insert into role (id, name) values ('00000000-0000-4000-8000-0000000000e2', 'editor');
insert into user_role (user_id, role_id)
select u.id, r.id from "user" u, role r where (u.username, r.name) in (('grace', 'user'), ('grace', 'editor'), ('margaret', 'user'));
insert into signet.session (
    id, user_id, sealed_key, generation, device, address, created_at, rotated_at, last_used_at, idle_until,
    absolute_until, sweep_at
) values (
    '00000000-0000-4000-8000-0000000005e5', '00000000-0000-4000-8000-00000000000b',
    'v1.qAvvS1rNm1Y.cgiFILM88naW5h42kLYJ8HTkckDwMSgLxYFVYYlTAIh-c8wuZEvWJauhKzB2vV9oekZKRFVQqy3fNlvG',
    1, 'Firefox on Linux', '203.0.113.0/24', now() - interval '3 days', now() - interval '1 day',
    now() - interval '1 day', now() + interval '13 days', now() + interval '87 days', now() + interval '13 days'
);
insert into signet.signing_key (
    kid, alg, state, is_foreign, public_part, private_part, created_at, published_at, active_after, activated_at,
    tokens_ttl_s
) values (
    'mZSGpK8wvx2IJMTtaejbfMXxoATA4RDr1BAXiDlt75I', 'RS256', 'active', false, '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5fE+XNPHk374hJYzn6ce
zftJVBM0/4XENOI3VwGNlSH3ZH3kwuPjR4Uw08wEVRw1zI7013/XjhOeV3FswGw9
2T83Dk9lntMp+FpB+Gz1xaN8EsknrfeVsIoLaWWKSMwjoKorw+xvUS4NJHlU+W3u
NI6ZwesvUy3TjMFnJilH/pxJODRaxo1aoAJRXMhcL8kScymkuhCja0znR0TGoGHN
+pw1+zodGCswpEUtHYZMlQOpz92KFCMRI0At0AF5uMBMdXehea/p7nVdnjwo7EhG
ls/IcRc1QZpAQgK0bAGA84uZdR9fLrXRX2L7sJkwGBate9rrVjrgmzQRN3zirwzO
pQIDAQAB
-----END PUBLIC KEY-----
',
    'v1.qAvvS1rNm1Y.SH-FFhzw2lDF_Lm_DlpHPgdFT54o6ckjR-IaX-TjQXNKULRagNf891eZ-vZSte2nwC-MOR0RSCiuSoU47m1_fFTOxMkU0dRnYtY-w7kmfaKFVLQNZMIzhoHoqflkbSZJZps3XtI8fni94Rmz26-DmAivtGo5xRgbsD5Zhl4MUKepa8beof2cVqEzf5eLvH32BW2ua4ZQahWn60bY82IGaiMOiJSh7R8CYtvdzZhudFDVyGZype7nS5fxZuPfI8bMb2PCMWyXr5jxOlamD45nIMeXBzc3RvcINveTrPGnYh6ws0EGsUYjHurr9ObJHyGLx_UsBCaHxvbp68RGbfsAJVhWsLjoC1R2qDynTNhf8S_XMpvcHkUTTaPn0MAdZEZFuFiePg_FPvNTfQoF5kkZpxeLpQJrUJ1UX5DzicwK-aYLC0NSW66sLF9xHL6SE_WWhHJGYNPz5AD4zLnv1cUBSkE1FJNG_ekrq6iFK6dgl0zKExIl4WIMFcFC3lq6Q_wkAyh0e4w2xv7Vvi2kgpfQ8px4dpLGc58210saqr8Gnhxr-vnHQrCBNaJOn52fPzmmou-UAUykXcOvGVDL_IGkG5IuOZCzLyZ4HYBhNapctBkYZpFijUhN7okqGiqA3_TsIbNhf8Sd-vNeF5dvOBOSpq2vwo5OCrZluwF1_aGKLBzljmvda1y3mKyFvUGN0_srZVyeV4YfMgVbMEOQCyGBT7by1F_ziImx3oo0QcarFtea-Ar_LnNNg2FyKaUGGSf7Yq_y4bTd7QuK_athVdiUr8oJjCXmpRXfuOGyzndQWvSuaV4wGLR7dCj_r05JVgCgJuHZL-Kffz7qRRSvqb9IG38EKQ2Rn2xdNoeNQJesvl1xTpqLxr74ssVb0mveNjQ9xrC4j6fT3dMj4b8Bf4RPLdKs0_Vx69X6BdqaDysk7Cg0hcpbO9wyNYXgWiV3qz2eSmX9-T2Kxma6WWp7lr3U7lT8mf4s0FquoY9VRCSd6auO96kz7VuiJvObURoxWojZc3YhZGbgSNIGvkQmgXS97ZqF76gZUB4dyqV6BLxULF4rEaM1M8uj1BkVAEClEdBediwyWWgT57W2KYUGEeYesv0Ise5zQMXHwnENLLv-NJB6N80dVR5Aa1LjRND4tIE8nvMdJ4WKqRuSYIzTCE5Fga2joOrE5ClhJeUIaEGURPFK3mfiHAhkqTzaNx3Rwila6FgpvEdLb69xJ-GxutQSrjGvUrDCZCJ_PKZa1NiGSpIcuCcjsulRwhjsAB60Rs-qOQLGAnBri_OZmGcTk1eSqU1Ypt0LedaYzqVBaFpTZWuVHzjDTgOvbI1EMJSwqnH7Wd-bdVu49ML1gLWiaYZuOJnxpbyQD0wbwUAFRorjuqUdx-27LQnRarAMQjK_n7ftVZ5BxRL5PWerYhyL6S2UjGRsMaPFBKQZrnwaJFCd_u_OCYuHcn9Mq06YTcMUo_f0aF_y4J_6tdRqdfVJ4Fnw5V5aiM-qIBbqRbXvUrSyWOIPldk7vIVVYaMZV013LF3HnPUvUkTYARL1umoomValJ7M6rUPfnqRu0hgcVzdtd8M64ZBUVOILKX6tRyUc60bNTdpE208g_2trEazznqhGKRLse1RkpjmHVvvleqke3j6yB50iGNvUXqFOV5IBEpR6CdhPkw00rupyaMOF7jCbLnlXo5Rr0Xz6Ap--K_QoREODFbFiCb6ia_wiANLGlglrPJWlgh3XOd5VfWKcbKq6PmQ4YoHzmpplPVgB21HPkYlg18QlvlwGyxG6EGc0Kn-Lqk1y9jYegRuYdD7h3ks5h7oZoUS9TDeWa8WoPF-dQbGxCoo2-jEH1nKu2rKjASR2tBpp8q9LqjCrcGuTNPVVSC8UyTXxW2Mwl9BxMF-cS3IjgMjZQs5wy4hqDCixZ4-ZY0HR53K2W_cirj6v7YYN80KDwuKMNIfDdZhTHPzX-YLc70kJO2afFyqGgM2Rj5SxNKs19vamBkWYfE_MeNjmsPGjXYLI4Jy71-WoW4gVEGiAryBx7b_f3Riox7dnBG0B8oIYix42sHrZIkiWCCexY8bZij4LtZfYWlepgoR_wnDFzOq6FeAI6d9nBvGG-J86RyLn5bTDY2X6_wmWRTlJbPaI-SO3KjMDATi3hOkN_8fLFBhrM3nRD0ZO2qwuaarxBCrTYBFB_8L-QMlo1tR95Ih-lVRsX5TNOXwS3D4IC_kBxt2EoG13rP46HQMPeVzVJfNblZv6QsONYMtqkps61hE_0dPCq_2EMzD7BirrHGDZmaxZkXiNOT_hi7QFhQAd_KIRIQ',
    now() - interval '3 days', now() - interval '3 days', now() - interval '71 hours', now() - interval '3 days', 900
);
insert into signet.signing_key (
    kid, alg, state, is_foreign, public_part, private_part, created_at, published_at, active_after, activated_at,
    tokens_ttl_s
) values (
    'B92BM2E7alfCTVawKvOmGwbpV-HgJarkhIOJ61G874Q', 'RS256', 'next', false, '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2YiWMkylc3RwebHnjqbJ
7cTLNJIjgE4IwL/4E2nJfgIVA3ezjT5L+3a+IqbPW9ZBOo4tyXjUMN9K2RFrcEYV
hAgwhJIrWgSeb47QJ8yoSOCqokKs9H2X0u2hGengriIobnipxvZ29bMaTXbUzY5w
JI/q4bWvuTtYZkGbZhnfre1Ggg/yh8kIDI/ZoCpC+m4GwQUDDus59v04pUwuRj+y
h7OHlVvDH7Jhr3ZjJ2OUb3IGtent5C/sSLLHLvrJvQdjDWUB3E/sxiNmmvLlQHs+
bPGPc9TD/OIgUmgwFonUhAJePrz18jSlImEorQ695tG23tvFKlPyOzf9fBAy6bWv
iwIDAQAB
-----END PUBLIC KEY-----
',
    'v1.qAvvS1rNm1Y.w5p7fhcb-_kfVwnxwzUEn3OeO7_7mPwrt2lDKQBCdd2ngYck3GjiLYx-7ZD6HnsGM1x0Yet4zGrDqZZqteUKooI_kf-wwzPEnT_Kt6HOBuITcXENjTpABtqFdyPOq1qU48qgstgP6xHUTLWhN8HakwmmyyBFksoGCWMWAxGE6Zt-4gaf8QQsxQvc9JYOLurh0zjC1PsNqjr3VbZt6tTOoIHLhk63Bh249ZH2C5vzCqB3UAYgqcV2XfhD49K74vzgg1N8M7jHE_8A4aPvCI3U9aQsR3mRqE9maYZ-LWwsjhQZ9BKZmhpPO389rlTCXtRK4fUwjtTklB3DMresIAA8lFX5B67ZV_ws_mBJV4Ke9uwfwUxfIOI4Z5IiIbVI7Clusi4NYXFUvat1Op6rNGXjrC6o6F8s7yLljO0rlp0y4NwfdS28rY_hgMw9c7aaphu4uRsorLuhB0L23hCjZWtyKCvcntsj1__S5FOw2DoL4NgnHzAZ0WHegyZLf1VSdLIa0rs_QxzOVRfuX8jv5bdXHUiAIwt3PbWZusIG2ZLhr8sD3jz5N894jTda8DxFg9SbHxSXNAl6kL9Nn-TqOYaeB1XGJH52Ic6piXtvomoQ6eEB_8qR8oSdCaZVmug1obHG2UYOgEMptpReVp2kb7ecT95eYRNCJdSi3dTm7yGDGTELSJtXlIosNJGphmpfs7EUdvZkBO1SIHVQ9dk4IAFy2FCLkoNm8j8gy0Q6_l2KS-aLIOK7IWqxFY2PAmEGMydof-p9lH9x9y2mElcDIIuIa1NwM6ueu7kMV2sGrK5OyEO7qtuGzVprBbRPLkiu9A7XNez69og5Nl3Llb45DxKjWtaYvs0eI017j_EwF9N9Yza-kkRz34XKN9nA1VCfh9zM_bt5qQfu3OYej9Zg1dAPHYgNyGj25PIUcgqCI6jjNx-mbIPEhWh4Anhc9iYkPg8WkpXZtmPLMgXCRvX-ik0MN97CLPYkOyEGee53XPll1I1dJFqlap2OngsD_Ll7enBY4zWGnBERcMoLvIZ_DhfyntZOh6fgvYq_6EtlcLdaPOMqnEzg-a5_zpVBHX99XQp9PUXMshloJtvvpYvBTWQdm58MYG1hAea-QUWIV0DltAgrZje7iT9Uy-Gxl7zZmNaRfgd56giCPvcAWY7ODQQfR0Alh4Rp3VsGJSe_rNSbPiRqJzI-WCVDfF-pFK5KxqWxHUMPd5srgd7ensWs7XIvOwQM823PmO1DRmpcr-36AGEDaUFpMERGankNkE-SduMUj4mpHiYvbuxPZ8fcQpN6_t5DfYRoOhgPT21G3DipuT2ugnOLiynJBa_Tp6iita3y4Clk3JS6GH3s0sykQqhgjm7Ey66scuTNsbqWvLZri76CYphvfF0-DVDAGVpzQdglXxuF12zwBu8i-gWnWK_1prUOof2hRAh3rY7ulc0mFMcrH9X_N819OqdhsLPvhpkLA0ugmNuxrTeMeu9FXH6Bft_wBmCbBNgXaMGKV2BInvlKg6eoFSZE0D8it3v1kyh4YWcwjEkAALqdAAwL6RclksHGscKvgqPaSK2EbRb2coWrDZURajk-5eppZXlmbJHC-MO-dVQETtsdGB3jKg0qbBUA_NAWUUaBwy7CjTIUlhRjyEzdBhCyQemVIyX_GjP3mSW-3WKgU_L0oJzeDYlL4yULUWyMEit7l4o0cldzTduqB79Qp6bJ_Z_EydgMXF6m4aaOPiG3B0SZNC7bdIMb7NKQo-xor2zUr1KFfPgwJwFhjmOMNVnwm77D2TzBi0X1TMT9xX4yrJUWGXDGP3Dus95b_qJMaKCRYmjlVvsIq0vknuJ-jLb_b6sh5KnASK4suuXwwkQspR-_RS9k5qS4j4zI1p-jcNcy2SbguMi1folmkqzDIHfTdBXeBCNmgpv_EZHmdeTI_UtQUMrbb_l25ZTUtkT-SPeUSze9DpsNcu0oS89aW3wRlMtvQoR6uEcf9iBLTHgGIvm_YzcUjtyjrwm9E7XCRGRIz1w0AE_NGPh5VwIPYn0PqS1p57FeoW1pFwkalR3XXybWVocyJ_uymqhl3XAl-DpZNappobPweGMpjI0RZU_MYMCPjp2hhg6TXqfBbKJxOlIt6Go2IFnREjsrPztsd-w5eYL9QBL3xAIGWJFU1M9cyIIbxp4lkgB7YoXveXOzKg5kC-7W7SLS6JPH61dNtAApQh1aA1KRQ6KfKC06Z5MKwuzZhmxzB_g70Xqj_42d8LN2KFLxyot4FX7m9LUeMUqCr37YOkz1xGcK-ZxAYJCifokuqVHEiIhGMPW-5A',
    now() - interval '3 days', now() - interval '3 days', now() - interval '71 hours', null, 900
);

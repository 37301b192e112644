-- What a day brings, BENCH_REQUESTS times, and then stops. One thread. BENCH_TOKEN is a good bearer token,
-- BENCH_REFRESH the first refresh token of a chain, BENCH_BODY a login in which %d is a number below BENCH_USERS.

local wanted = tonumber(os.getenv("BENCH_REQUESTS"))
local bearer = { ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN") }
local json = { ["Content-Type"] = "application/json" }
local body, users = os.getenv("BENCH_BODY"), tonumber(os.getenv("BENCH_USERS"))
local refresh, waiting, sent = os.getenv("BENCH_REFRESH"), false, 0
local jwks, webhook, me, lost, broken, forged

function init()
    jwks = wrk.format("GET", "/jwks")
    webhook = wrk.format("GET", "/webhook", bearer)
    me = wrk.format("GET", "/me", bearer)
    lost = wrk.format("GET", "/no-such-page")
    broken = wrk.format("POST", "/login", json, '{"username":')
    forged = wrk.format("GET", "/webhook", { ["Authorization"] = bearer["Authorization"] .. "x" })
end

function request()
    sent = sent + 1
    if sent == wanted then
        -- The loop ends here, and wrk, which sleeps, is woken by the signal to count.
        os.execute("(sleep 0.2; kill -INT $PPID) >/dev/null 2>&1 &")
        wrk.thread:stop()
    end
    if sent % 5000 == 1 then
        return wrk.format("POST", "/login", json, (body:gsub("%%d", math.random(0, users - 1))))
    end
    if sent % 200 == 2 and not waiting then
        waiting = true
        return wrk.format("POST", "/refresh", json, '{"refreshToken":"' .. refresh .. '"}')
    end
    if sent % 100 == 3 then return broken end
    if sent % 100 == 4 then return forged end
    if sent % 100 == 5 then return lost end
    if sent % 100 == 6 then return me end
    return sent % 4 == 0 and webhook or jwks
end

-- A login answers with a refresh token too: the chain then goes on with that one.
function response(status, headers, body)
    local next_one = body:match('"refreshToken":"([^"]+)"')
    if next_one then
        refresh, waiting = next_one, false
    end
end

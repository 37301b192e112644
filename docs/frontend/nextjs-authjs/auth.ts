// Auth.js with Signet behind it. The tokens lie in Auth.js's own session cookie, which is encrypted
// and which no script reads; the refresh token never reaches the browser in any other form.

import type { NextAuthOptions, User } from "next-auth";
import type { JWT } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";

interface SignedIn {
  id: string;
  username?: string;
  email?: string;
  roles: string[];
  token: string;
  expiresIn: number;
  refreshToken: string;
}

declare module "next-auth" {
  interface User extends Omit<SignedIn, "email"> {}
  interface Session {
    token?: string; // the access token, for Hasura; absent where the session has ended
    roles: string[];
  }
}

declare module "next-auth/jwt" {
  interface JWT {
    token?: string;
    refreshToken?: string;
    renewAt: number;
    roles: string[];
  }
}

class Refused extends Error {
  constructor(
    readonly status: number,
    message = "Please try again in a moment.",
  ) {
    super(message);
  }
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<User> {
  const answer = await fetch(process.env.SIGNET_URL + path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    signal: AbortSignal.timeout(15_000),
  }).catch(() => {
    throw new Refused(503);
  });
  const json = await answer.json().catch(() => ({})); // a 204 has no body
  if (!answer.ok) throw new Refused(answer.status, json.errors?.[0]?.detail ?? json.detail);
  return json;
}

function toJwt({ id, username, email, roles, token, expiresIn, refreshToken }: User): JWT {
  return { sub: id, name: username, email, roles, token, refreshToken, renewAt: Date.now() + expiresIn * 900 };
}

/** Gives new tokens in time. Only for requests whose answer can set the cookie; see proxy.ts. */
export async function renew(jwt: JWT): Promise<JWT> {
  if (!jwt.refreshToken || Date.now() < jwt.renewAt) return jwt;
  try {
    return toJwt(await post("/refresh", { refreshToken: jwt.refreshToken }));
  } catch (error) {
    // Only 401 says that the session has ended. Anything else passes: try at the next request.
    const ended = error instanceof Refused && error.status === 401;
    return ended ? { roles: [], renewAt: Infinity } : jwt;
  }
}

export const authOptions: NextAuthOptions = {
  session: { strategy: "jwt", maxAge: 14 * 24 * 3600 }, // AUTH_REFRESH_TOKEN_TTL
  providers: [
    Credentials({
      id: "signet",
      credentials: { username: {}, password: {}, mode: {} },
      async authorize(form, request) {
        const { username, password, mode } = form ?? {};
        const path = mode === "signUp" ? "/signup" : "/login";
        // The message of what this throws becomes the `error` of signIn().
        return post(path, { username, password }, { "User-Agent": request.headers?.["user-agent"] ?? "" });
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user ? toJwt(user) : token),
    session: ({ session, token }) => ({ ...session, token: token.token, roles: token.roles }),
  },
  events: {
    async signOut({ token }) {
      await post("/logout", { refreshToken: token.refreshToken }).catch(console.error);
    },
  },
};

// Renews a session before a page is rendered. A page cannot set cookies: if it used the refresh
// token itself, the next one would be lost, and Signet would end the session at the second use.

import { getToken } from "next-auth/jwt";
import { NextResponse, type NextRequest } from "next/server";

export async function proxy(request: NextRequest) {
  const jwt = await getToken({ req: request });
  if (!jwt?.token || Date.now() < jwt.renewAt) return NextResponse.next();

  // Auth.js writes its cookie itself. Requests that come at once get the same tokens from Signet.
  const answer = await fetch(new URL("/api/auth/session", process.env.NEXTAUTH_URL), {
    headers: { cookie: request.headers.get("cookie") ?? "" },
    cache: "no-store",
  });
  const cookies = answer.headers.getSetCookie();
  for (const cookie of cookies) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
    request.cookies.set(name, decodeURIComponent(value)); // for the page that is rendered now
  }
  const response = NextResponse.next({ request });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie); // for the browser
  return response;
}

export const config = { matcher: "/((?!api/auth/|_next/|favicon.ico).*)" };

// A client whose types were made from /openapi.json (openapi.mjs).
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const password = "walnut-Harbour-62-kettle";

// Returns what it came through.
export async function walk(baseUrl: string): Promise<string[]> {
    const client = createClient<paths>({ baseUrl });
    const steps: string[] = [];

    // @ts-expect-error: a password is needed
    const incomplete: components["schemas"]["SignupRequest"] = { username: "typed" };
    // @ts-expect-error: nobody signs up with roles
    const greedy: components["schemas"]["SignupRequest"] = { username: "typed", password, roles: ["admin"] };
    void [incomplete, greedy];

    const signup = await client.POST("/signup", { body: { username: "typed", password } });
    if (signup.error !== undefined) {
        throw new Error(signup.error.code);
    }
    if (!("token" in signup.data)) {
        throw new Error(signup.data.status);
    }
    steps.push("signed up");

    const refresh = await client.POST("/refresh", { body: { refreshToken: signup.data.refreshToken } });
    if (refresh.error !== undefined) {
        throw new Error(refresh.error.code);
    }
    const roles: string[] = refresh.data.roles;
    const { username, refreshToken } = refresh.data;
    steps.push(username === "typed" && roles.includes("user") ? "refreshed" : "wrong user");

    const logout = await client.POST("/logout", { body: { refreshToken } });
    steps.push(logout.response.status === 204 ? "logged out" : "still there");

    const again = await client.POST("/refresh", { body: { refreshToken } });
    steps.push(again.error === undefined ? "refreshed again" : again.error.code);
    return steps;
}

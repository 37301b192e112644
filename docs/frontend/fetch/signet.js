// A client of Signet for web pages, without dependencies:
//
//     const signet = createSignet({ url: "http://localhost:4000", keep: "cookie" });
//     await signet.resume();
//     await signet.logIn({ username: "ada", password });
//     const answer = await signet.authFetch("http://localhost:8080/v1/graphql", { method: "POST", body });

/** @typedef {{ id: string, username?: string, email?: string, roles: string[], defaultRole: string }} User */
/** @typedef {{ username?: string, email?: string, password: string }} Form */
/** @typedef {{ email: string, redirectTo?: string }} MailForm `redirectTo`: where the link of the mail leads in the end */
/** @typedef {{ user: User, token: string, renewAt: number, expiresAt: number }} Session */

/** A refusal by Signet. `code` is stable and meant for programs, `message` is meant for people. */
export class SignetError extends Error {
    /** @param {Response} response @param {any} problem the body, see RFC 9457 */
    constructor(response, problem) {
        const details = (problem.errors ?? []).map((/** @type {any} */ each) => each.detail).join(" ");
        super(details || problem.detail || problem.title || `Signet answered ${response.status}`);
        this.status = response.status;
        /** @type {string} */
        this.code = problem.code ?? "unknown";
        /** @type {{ pointer: string, code: string, detail: string }[]} which members were wrong */
        this.errors = problem.errors ?? [];
        /** Seconds to wait before the next try; 0 where the answer does not say. */
        this.retryAfter = Number(response.headers.get("Retry-After"));
    }
}

/**
 * Makes the one client of a page. `keep` says where the refresh token lies: in a cookie that no
 * script can read (with AUTH_COOKIES=on), in `localStorage`, or in the memory of this page only.
 * The access token is in memory always.
 * @param {{ url: string, keep?: "cookie" | "localStorage" | "memory" }} options
 */
export function createSignet({ url, keep = "memory" }) {
    const name = `signet ${url}`;
    const tabs = keep === "memory" ? undefined : new BroadcastChannel(name);
    /** @type {Session | undefined} */
    let session;
    /** @type {Promise<void> | undefined} */
    let refreshing;
    /** @type {string | null} */
    let inMemory = null;
    /** @type {Promise<void>} */
    let queue = Promise.resolve();
    /** @type {Set<() => void>} */
    const listeners = new Set();

    /** @param {Session | undefined} next */
    function take(next) {
        session = next;
        listeners.forEach((listener) => listener());
    }
    tabs?.addEventListener("message", (event) => take(event.data));

    function refreshToken() {
        return keep === "localStorage" ? localStorage.getItem(name) : inMemory;
    }

    /** @param {string | null} token */
    function keepRefreshToken(token) {
        if (keep === "memory") inMemory = token;
        if (keep !== "localStorage") return;
        if (token) localStorage.setItem(name, token);
        else localStorage.removeItem(name);
    }

    /** Takes the refresh token that the link of a mail brought out of the address of the page. */
    function tokenOfLink() {
        const [part, token] = /[#&]refreshToken=([^&]+)/.exec(globalThis.location?.hash ?? "") ?? [];
        if (part) history.replaceState(history.state, "", location.href.replace(part, ""));
        return token;
    }

    /** Makes Signet's answer the session of every tab; without one all are signed out. @param {any} [answer] */
    function publish(answer) {
        const { token, expiresIn, refreshToken, ...user } = answer ?? {};
        keepRefreshToken(refreshToken ?? null);
        const now = Date.now();
        // What is left after `renewAt`, a tenth of the life, is for clocks and slow networks.
        take(answer && { user, token, renewAt: now + expiresIn * 900, expiresAt: now + expiresIn * 1000 });
        tabs?.postMessage(session);
    }

    /** @param {string} path @param {object} body */
    async function post(path, body) {
        const response = await fetch(url + path, {
            method: "POST",
            credentials: keep === "cookie" ? "include" : "omit",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(body),
            signal: AbortSignal.timeout(15_000),
        });
        const answer = await response.json().catch(() => ({})); // a 204 has no body
        if (!response.ok) throw new SignetError(response, answer);
        return answer;
    }

    /** Runs one change of the session at a time, over all tabs. @param {() => Promise<void>} work */
    function alone(work) {
        const locks = globalThis.navigator?.locks; // only on https:// and on localhost; else for this tab alone
        const done = locks ? locks.request(name, work) : queue.then(work);
        queue = done.catch(() => {});
        return done;
    }

    /**
     * Gets new tokens, once for all who ask and for all tabs.
     * @param {string} [refused] the access token that is no longer good
     */
    function refresh(refused) {
        refreshing ??= alone(async () => {
            if (session && session.token !== refused) return; // another tab has been here
            if (keep !== "cookie" && !refreshToken()) return publish();
            try {
                publish(await post("/refresh", keep === "cookie" ? {} : { refreshToken: refreshToken() }));
            } catch (error) {
                // Only this says that the session has ended. A network or a server that is away does not.
                if (!(error instanceof SignetError && error.status === 401)) throw error;
                publish();
            }
        }).finally(() => (refreshing = undefined));
        return refreshing;
    }

    /** A token that is good now, or nothing where nobody is signed in. */
    async function accessToken() {
        const { token, renewAt, expiresAt } = session ?? { token: undefined, renewAt: Infinity, expiresAt: 0 };
        if (Date.now() < renewAt) return token;
        await refresh(token).catch((error) => {
            if (Date.now() >= expiresAt) throw error;
        });
        return session?.token;
    }

    return {
        accessToken,
        refresh,
        get user() {
            return session?.user;
        },
        /** Calls `listener` when `user` changes, in whichever tab; returns how to stop. @param {() => void} listener */
        subscribe(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
        },
        /** Goes on with the session of an earlier visit, or of the link of a mail: call it once, when the page has loaded. */
        async resume() {
            const token = tokenOfLink();
            // Nobody who is signed in becomes somebody else by a link that a stranger made.
            if (token && !refreshToken()) await alone(async () => keepRefreshToken(token));
            return refresh(session?.token);
        },
        /** @param {Form} form */
        signUp: (form) => alone(async () => publish(await post("/signup", form))),
        /** @param {Form} form */
        logIn: (form) => alone(async () => publish(await post("/login", form))),
        /**
         * Each sends a mail if the account is there; the answer does not say whether it is.
         * @param {MailForm | { username: string, redirectTo?: string }} form
         */
        askForNewPassword: (form) => post("/password/reset-request", form),
        /** @param {MailForm} form */
        askForLink: (form) => post("/login/link", form),
        /** @param {MailForm} form */
        askForVerification: (form) => post("/email/verification", form),
        /** @param {{ email: string }} form */
        askForCode: (form) => post("/login/code", form),
        /** @param {{ email: string, code: string }} form */
        logInByCode: (form) => alone(async () => publish(await post("/login/code/verify", form))),
        /** Ends this session, or with `all` every session of the user. */
        logOut: ({ all = false } = {}) =>
            alone(async () => {
                const body = keep === "cookie" ? {} : { refreshToken: refreshToken() };
                try {
                    await post("/logout", { ...body, all });
                } catch (error) {
                    if (!(error instanceof SignetError && error.status === 401)) throw error; // it had ended already
                }
                publish();
            }),
        /**
         * `fetch` with the access token; a 401 is tried once more with a new token. A body that is
         * a stream can be sent only once: give a string, a Blob or FormData.
         * @param {string | URL} input @param {RequestInit} [init]
         */
        async authFetch(input, init = {}) {
            const send = (/** @type {string | undefined} */ token) => {
                const headers = new Headers(init.headers);
                if (token) headers.set("Authorization", `Bearer ${token}`);
                return fetch(input, { ...init, headers });
            };
            const token = await accessToken();
            const answer = await send(token);
            if (answer.status !== 401 || !token) return answer;
            await refresh(token);
            return session ? send(session.token) : answer;
        },
    };
}

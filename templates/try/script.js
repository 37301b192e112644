// Does what an application does, with the routes that every client has. Tokens are in variables of
// this script only. What the server says becomes text of elements, never HTML.
(() => {
    "use strict";
    const find = (id) => document.getElementById(id);
    const cookies = find("try").dataset.cookies === "on";
    let signedIn = null; // the last answer of a sign-in or a refresh
    let refreshToken; // undefined where a cookie holds it
    let claims = {}; // of the access token
    let busy = false;

    // An answer other than 2xx, which is a problem of RFC 9457.
    class Refused extends Error {
        constructor(status, problem, retryAfter) {
            super((problem.detail || problem.title || `The server answered ${status}.`)
                + (retryAfter ? ` Try again in ${retryAfter} s.` : ""));
            this.status = status;
            this.fields = problem.errors || [];
        }
    }

    async function send(method, path, { body, role, token = signedIn && signedIn.token } = {}) {
        const headers = {};
        if (token) headers.Authorization = `Bearer ${token}`;
        // A header is bytes, and a role may be any UTF-8.
        if (role !== undefined) headers["X-Hasura-Role"] = String.fromCharCode(...new TextEncoder().encode(role));
        if (body !== undefined) headers["Content-Type"] = "application/json";
        const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
        const text = await response.text();
        let answer = {};
        try {
            answer = text ? JSON.parse(text) : {};
        } catch {
            answer = { detail: `The server answered ${response.status}, and not with JSON.` };
        }
        return { ok: response.ok, status: response.status, answer, retryAfter: response.headers.get("Retry-After") };
    }

    // The body of a 2xx; throws Refused for another answer.
    async function call(method, path, options) {
        const { ok, status, answer, retryAfter } = await send(method, path, options);
        if (!ok) throw new Refused(status, answer, retryAfter);
        return answer;
    }

    const callWithRefreshToken = (path) =>
        call("POST", path, { token: null, body: refreshToken === undefined ? undefined : { refreshToken } });

    function element(name, attributes, ...children) {
        const made = document.createElement(name);
        for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
        made.append(...children);
        return made;
    }

    function say(text, failed = false) {
        find("said").textContent = text;
        find("said").classList.toggle("failed", failed);
    }

    // Does one thing at a time, so that nothing is sent twice by two clicks.
    async function act(work, onRefused = (refused) => say(refused.message, true)) {
        if (busy) return;
        busy = true;
        try {
            await work();
        } catch (error) {
            if (error instanceof Refused) onRefused(error);
            else say(error instanceof TypeError ? "The server does not answer." : String(error), true);
        } finally {
            busy = false;
        }
    }

    function listen(id, work) {
        find(id).addEventListener("click", () => act(work));
    }

    // --- forms ---

    function clearProblems(form) {
        for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
        for (const note of form.querySelectorAll(".problem")) note.textContent = "";
    }

    // Puts what is wrong below the field that it is about, or below all fields.
    function showProblems(form, refused) {
        const about = (field) => form.querySelector(`#${form.id}-${field}`);
        let first;
        for (const { pointer, detail } of refused.fields) {
            const field = ["username", "email", "password"].includes(pointer.slice(1)) && about(pointer.slice(1));
            if (!field) continue;
            field.setAttribute("aria-invalid", "true");
            find(`${field.id}-problem`).textContent = detail;
            first = first || field;
        }
        if (!first) form.querySelector(".whole").textContent = refused.message;
        (first || about("password")).focus();
    }

    function onSubmit(id, path, read) {
        const form = find(id);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            act(async () => {
                clearProblems(form);
                say("");
                const answer = await call("POST", path, { body: read(form.elements) });
                form.reset();
                if (answer.token) await enter(answer);
                else say("A mail with a link is on its way, if the address can have an account. Follow it, then sign in.");
            }, (refused) => showProblems(form, refused));
        });
    }

    // --- who is signed in ---

    async function enter(answer) {
        take(answer);
        find("guest").hidden = true;
        find("user").hidden = false;
        find("who").focus();
        await ask();
        say(`Signed in as ${answer.username || answer.email}.`);
    }

    function leave(words) {
        signedIn = null;
        refreshToken = undefined;
        claims = {};
        for (const id of ["times", "header", "claims", "token", "answers", "sessions"]) find(id).replaceChildren();
        find("user").hidden = true;
        find("guest").hidden = false;
        find("login-username").focus();
        say(words);
    }

    function take(answer) {
        signedIn = answer;
        refreshToken = cookies ? undefined : answer.refreshToken;
        const [header, payload] = answer.token.split(".").slice(0, 2).map(decode);
        claims = payload;
        find("who").textContent = `Signed in as ${answer.username || answer.email}`;
        find("header").textContent = JSON.stringify(header, null, 2);
        find("claims").textContent = JSON.stringify(claims, null, 2);
        find("token").textContent = answer.token;
        find("times").replaceChildren(
            element("dt", {}, "Issued (iat)"), element("dd", {}, time(claims.iat * 1000)),
            element("dt", {}, "Good until (exp)"), element("dd", {}, time(claims.exp * 1000)),
            element("dt", {}, "Left"), element("dd", { id: "left" }));
        showTimeLeft();
    }

    function decode(part) {
        const binary = atob(part.replace(/-/g, "+").replace(/_/g, "/"));
        return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
    }

    function time(when) {
        const date = new Date(when);
        const text = date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
        return element("time", { datetime: date.toISOString() }, text);
    }

    function showTimeLeft() {
        if (!signedIn) return;
        const left = Math.floor(claims.exp - Date.now() / 1000);
        find("left").textContent = left > 0 ? `${Math.floor(left / 60)} min ${left % 60} s` : "none: it has expired";
    }

    // --- what the server says of them ---

    async function ask() {
        const { roles } = await call("GET", "me");
        const answers = await Promise.all(roles.map((role) => send("GET", "webhook", { role })));
        find("answers").replaceChildren(...answers.flatMap(({ status, answer }, index) => [
            element("h3", {}, `${roles[index]}: ${status}`),
            element("pre", {}, JSON.stringify(answer, null, 2)),
        ]));
        await showSessions();
    }

    async function showSessions() {
        const sessions = await call("GET", "sessions");
        find("sessions").replaceChildren(...sessions.map((session) => {
            const button = element("button", {
                type: "button", class: "quiet",
                "aria-label": `End the session of ${session.device}, opened ${time(session.createdAt).textContent}`,
            }, "End");
            button.addEventListener("click", () => act(() => end(session)));
            const about = element("p", { class: "note" }, session.address ? `From ${session.address}, opened ` : "Opened ",
                time(session.createdAt), ", last used ", time(session.lastUsedAt), ", ends ", time(session.expiresAt));
            const name = element("p", {}, element("strong", {}, session.device), session.current ? " (this one)" : "");
            return element("li", {}, element("div", {}, name, about), button);
        }));
    }

    async function end(session) {
        await call("DELETE", `sessions/${session.id}`);
        if (session.current) {
            leave("This session has ended.");
            return;
        }
        await showSessions();
        find("sessions-title").focus();
        say("The session has ended.");
    }

    // --- copying ---

    async function copy(id) {
        try {
            await navigator.clipboard.writeText(find(id).textContent);
            say("Copied.");
        } catch { // not over HTTP, but on this machine
            getSelection().selectAllChildren(find(id));
            say("Selected. Copy it with the keyboard.");
        }
    }

    onSubmit("signup", "signup", ({ username, email, password }) =>
        ({ username: username.value, email: email.value, password: password.value }));
    onSubmit("login", "login", ({ username, password }) => ({ username: username.value, password: password.value }));
    listen("resume", async () => enter(await callWithRefreshToken("refresh")));
    listen("refresh", async () => {
        take(await callWithRefreshToken("refresh"));
        await ask();
        say("Refreshed: both tokens are new.");
    });
    listen("ask", async () => {
        await ask();
        say("Asked again.");
    });
    listen("logout", async () => {
        await callWithRefreshToken("logout");
        leave("Signed out.");
    });
    for (const button of document.querySelectorAll(".copy")) {
        button.addEventListener("click", () => copy(button.dataset.copies));
    }
    find("resuming").hidden = !cookies;
    setInterval(showTimeLeft, 1000);
})();

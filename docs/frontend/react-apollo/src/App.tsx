import { useState, useSyncExternalStore, type FormEvent } from "react";
import { gql } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import { SignetError, type createSignet } from "../../fetch/signet.js";

type Signet = ReturnType<typeof createSignet>;

// The view that docs/hasura has Hasura track under the name `user`, readable by the role `user`.
const MY_NAME = gql`query MyName { user { id username } }`;

export function App({ signet }: { signet: Signet }) {
  const user = useSyncExternalStore(signet.subscribe, () => signet.user);
  return (
    <>
      <h1>Signet with React and Apollo</h1>
      {user ? <Account key={user.id} signet={signet} /> : <SignIn signet={signet} />}
    </>
  );
}

function SignIn({ signet }: { signet: Signet }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const form = { username: String(data.get("username")), password: String(data.get("password")) };
    const { value } = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement;
    setBusy(true);
    setProblem("");
    await (value === "signUp" ? signet.signUp(form) : signet.logIn(form)).catch((error) => setProblem(explain(error)));
    setBusy(false);
  }

  return (
    <form onSubmit={submit}>
      <label>Username <input name="username" autoComplete="username" autoCapitalize="none" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <div className="buttons">
        <button value="logIn" disabled={busy}>Log in</button>
        <button value="signUp" disabled={busy}>Sign up</button>
      </div>
      <p role="alert">{problem}</p>
    </form>
  );
}

function explain(error: unknown) {
  if (!(error instanceof SignetError)) return "The server cannot be reached. Is the network there?";
  if (error.code === "invalid-credentials") return "Username or password is wrong.";
  if (error.retryAfter) return `Please try again in ${error.retryAfter} seconds.`;
  return error.message;
}

function Account({ signet }: { signet: Signet }) {
  const { data, error, refetch } = useQuery<{ user: { id: string; username: string }[] }>(MY_NAME);
  return (
    <section>
      <p>
        Hasura says: <strong>{data?.user.map(({ username }) => username).join(", ") ?? error?.message ?? "…"}</strong>
      </p>
      <div className="buttons">
        <button onClick={() => refetch()}>Ask again</button>
        <button onClick={() => signet.logOut().catch(console.error)}>Log out</button>
      </div>
    </section>
  );
}

"use client";

import { useState, type FormEvent } from "react";
import { useRouter } from "next/navigation";
import { signIn, signOut } from "next-auth/react";

export function SignIn() {
  const router = useRouter();
  const [problem, setProblem] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    const { value: mode } = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement;
    const result = await signIn("signet", { ...form, mode, redirect: false });
    if (result?.ok) router.refresh();
    else setProblem(result?.error ?? "");
  }

  return (
    <form onSubmit={submit} style={{ display: "grid", gap: "1rem" }}>
      <label>Username <input name="username" autoComplete="username" autoCapitalize="none" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button value="logIn">Log in</button>
      <button value="signUp">Sign up</button>
      <p role="alert">{problem}</p>
    </form>
  );
}

export function SignOut() {
  return <button onClick={() => signOut()}>Log out</button>;
}

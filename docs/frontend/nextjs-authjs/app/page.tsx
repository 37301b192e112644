import { getServerSession } from "next-auth";
import { authOptions } from "@/auth";
import { SignIn, SignOut } from "./buttons";

export default async function Page() {
  const session = await getServerSession(authOptions);
  if (!session?.token) return <SignIn />;

  // A query to Hasura looks the same.
  const answer = await fetch(`${process.env.SIGNET_URL}/me`, {
    headers: { Authorization: `Bearer ${session.token}` },
    cache: "no-store",
  });
  if (answer.status === 401) return <SignIn />; // ended elsewhere: by another device, or an operator
  if (!answer.ok) return <p role="alert">Please try again in a moment.</p>;
  const me = await answer.json();
  return (
    <>
      <p>
        Signed in as <strong>{me.username}</strong>, with the roles {me.roles.join(", ")}.
      </p>
      <SignOut />
    </>
  );
}

import NextAuth from "next-auth";
import { authOptions, renew } from "@/auth";

// Here alone, where the answer sets the cookie, tokens are renewed.
const handler = NextAuth({
  ...authOptions,
  callbacks: {
    ...authOptions.callbacks,
    jwt: async (call) => renew(await authOptions.callbacks!.jwt!(call)),
  },
});

export { handler as GET, handler as POST };

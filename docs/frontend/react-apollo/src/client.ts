// Tokens of Signet in the requests of Apollo Client.

import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { from, mergeMap } from "rxjs";
import type { createSignet } from "../../fetch/signet.js";

export function createClient(signet: ReturnType<typeof createSignet>, uri: string) {
  // Without a token there is no header at all: an empty or expired one is an error to Hasura, also
  // for what anonymous users may do.
  const addToken = new SetContextLink(async ({ headers }) => {
    const token = await signet.accessToken();
    return { token, headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers };
  });

  // Tokens are renewed before they expire, so this is rare: a clock that is wrong, or a session that
  // has ended. Hasura says it with HTTP 200 and a code.
  const retryOnce = new ErrorLink(({ error, operation, forward }) => {
    const { token, retried } = operation.getContext();
    const refused =
      CombinedGraphQLErrors.is(error) &&
      error.errors.some(({ extensions }) => ["invalid-jwt", "access-denied"].includes(String(extensions?.code)));
    if (!refused || !token || retried) return;
    operation.setContext({ retried: true });
    return from(signet.refresh(token)).pipe(mergeMap(() => forward(operation)));
  });

  // retryOnce comes first, so that what it forwards passes addToken again.
  const link = ApolloLink.from([retryOnce, addToken, new HttpLink({ uri })]);
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

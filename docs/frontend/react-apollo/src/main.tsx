import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApolloProvider } from "@apollo/client/react";
import { createSignet } from "../../fetch/signet.js";
import { App } from "./App";
import { createClient } from "./client";

const signet = createSignet({ url: import.meta.env.VITE_SIGNET_URL ?? "http://localhost:4000", keep: "cookie" });
const client = createClient(signet, import.meta.env.VITE_GRAPHQL_URL ?? "http://localhost:8080/v1/graphql");

// What another user may see must not stay in the cache.
let shown = signet.user?.id;
signet.subscribe(() => {
  if (signet.user?.id === shown) return;
  shown = signet.user?.id;
  void (shown ? client.resetStore() : client.clearStore());
});

await signet.resume().catch(console.error); // signed out, until the network is back
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <App signet={signet} />
    </ApolloProvider>
  </StrictMode>,
);

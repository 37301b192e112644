// Receives Signet's events. A new user gets a row in the table `profile`, written through Hasura, and
// a welcome mail. It needs EVENTS_SECRET, which is AUTH_EVENTS_SECRET of Signet; HASURA_URL and
// HASURA_ADMIN_SECRET; SMTP_URL and MAIL_FROM; and listens on PORT.
import http from "node:http";

import nodemailer from "nodemailer";
import { Webhook } from "standardwebhooks";

const { EVENTS_SECRET, HASURA_URL, HASURA_ADMIN_SECRET, SMTP_URL, MAIL_FROM, PORT = "4001" } = process.env;
const BODY_BYTES_MAX = 64 * 1024;

const webhook = new Webhook(EVENTS_SECRET);
const mails = nodemailer.createTransport(SMTP_URL);

// What is done may be done again, because an event can come twice: the row stays as it is, and mail
// programs show a mail of the same Message-ID once.
const handlers = {
  async "user.created"(user, id) {
    await hasura(
      `mutation ($profile: profile_insert_input!) {
        insert_profile_one(object: $profile, on_conflict: {constraint: profile_pkey, update_columns: []}) { user_id }
      }`,
      { profile: { user_id: user.id, name: user.username ?? user.email } },
    );
    if (user.email) {
      await mails.sendMail({
        from: MAIL_FROM,
        to: user.email,
        subject: "Welcome",
        text: `Hello ${user.username ?? ""}\n\nIt is good to have you here.\n`,
        messageId: `<${id}@${MAIL_FROM.split("@").pop().replace(">", "")}>`,
      });
    }
  },
  async "user.deleted"(user) {
    await hasura("mutation ($id: uuid!) { delete_profile_by_pk(user_id: $id) { user_id } }", { id: user.id });
  },
};

async function hasura(query, variables) {
  const response = await fetch(`${HASURA_URL}/v1/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Hasura-Admin-Secret": HASURA_ADMIN_SECRET },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(5000), // Signet waits 15 s for the whole
  });
  const { errors } = await response.json();
  if (errors) {
    throw new Error(`Hasura: ${errors[0].message}`);
  }
}

async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) {
      throw new Error("the body is too large");
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

async function receive(request) {
  const body = await read(request);
  let event;
  try {
    event = webhook.verify(body, request.headers); // the text as it came: JSON that is written anew differs
  } catch {
    return 401;
  }
  await handlers[event.type]?.(event.data, request.headers["webhook-id"]); // others are of no interest here
  return 204;
}

http
  .createServer(async (request, response) => {
    try {
      response.writeHead(request.method === "POST" ? await receive(request) : 405).end();
    } catch (error) {
      console.error(error.message);
      response.writeHead(500).end("try again"); // Signet does
    }
  })
  .listen(Number(PORT), "127.0.0.1", function () {
    console.log(`http://127.0.0.1:${this.address().port}`);
  });

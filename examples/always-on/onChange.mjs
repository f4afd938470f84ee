/** `npm run keep` runs this for each new session. Pass the id on to what uses the sandbox. */
import { readFileSync } from "node:fs";

const { sessionId, endsAt } = JSON.parse(readFileSync("outputs.json", "utf8"));
console.error(`The sandbox is now ${sessionId}. It is renewed before ${endsAt}.`);

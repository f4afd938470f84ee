/** Asks for a stack's passphrase on a terminal. */
import { UserError } from "../engine/model/userError";
import { readLine } from "./readLine";

/** What is typed is not shown, so a new passphrase is typed twice. */
export async function askPassphrase(stack: string, isNew: boolean): Promise<string> {
    const passphrase = await ask(
        stack,
        isNew
            ? `New passphrase to encrypt the secrets of stack '${stack}' (set PULUMI_CONFIG_PASSPHRASE to not be asked): `
            : `Passphrase of the secrets of stack '${stack}' (set PULUMI_CONFIG_PASSPHRASE to not be asked): `,
    );
    if (isNew && (await ask(stack, "The same passphrase again: ")) !== passphrase) {
        throw new UserError(`the two passphrases for stack '${stack}' differ. Run the command again.`);
    }
    return passphrase;
}

async function ask(stack: string, question: string): Promise<string> {
    const passphrase = await readLine(question, { hidden: true });
    if (passphrase === undefined) throw new UserError(`no passphrase was entered for stack '${stack}'`);
    return passphrase;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const commandMsMax = 60_000;

/** What a command of the client came to. */
export interface CommandResult {
  code: number;
  /** What it printed, as JSON where it is that. */
  printed: unknown;
  /** What it printed as an error. */
  error: string;
}

/** The `openstack` client of a user called admin, against a Placement at `url`. */
export function openstackClient(python: string, url: string) {
  const common = ['--os-auth-type', 'admin_token', '--os-token', 'admin', '--os-endpoint', url];
  const version = ['--os-placement-api-version', '1.38'];
  return async (command: string): Promise<CommandResult> => {
    const args = ['-m', 'openstackclient.shell', ...common, ...version, ...command.split(' ')];
    const { stdout, stderr, code } = await run(python, args, { timeout: commandMsMax }).then(
      (done) => ({ ...done, code: 0 }),
      (failed: { stdout: string; stderr: string; code: number }) => failed,
    );
    return { code, printed: parsed(stdout), error: stderr };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}

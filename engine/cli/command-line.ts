import { asHeadroomError, HeadroomError } from '../contract/errors.ts';
import { EXIT_DONE, exitCode } from './exit-codes.ts';
import { COMMAND_HELP, GENERAL_HELP } from './help.ts';
import { errorLines } from './words.ts';

type Command = (args: readonly string[]) => Promise<number>;

/** Each command is loaded when it is called: help and mistakes answer at once, and `doctor` also where the runtime does not load. */
const COMMANDS: Readonly<Record<keyof typeof COMMAND_HELP, () => Promise<Command>>> = {
  run: async () => (await import('./run-command.ts')).runCommand,
  estimate: async () => (await import('./estimate-command.ts')).estimateCommand,
  models: async () => (await import('./models-command.ts')).modelsCommand,
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand,
  'install-cuda': async () => (await import('./install-cuda-command.ts')).installCudaCommand,
};

/** Runs one command line. Answers the exit code; every error is told. */
export async function runCommandLine([name, ...args]: readonly string[]): Promise<number> {
  try {
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
      process.stdout.write(GENERAL_HELP);
      return EXIT_DONE;
    }
    if (name === '--version' || name === '-V') {
      const { version } = await import('./version.ts');
      process.stdout.write(`headroom ${version}\n`);
      return EXIT_DONE;
    }
    if (!isCommand(name)) {
      const known = Object.keys(COMMANDS).join(', ');
      throw new HeadroomError(
        'input',
        `There is no command "${name}". The commands are ${known}; see headroom --help.`,
      );
    }
    if (args.includes('--help') || args.includes('-h')) {
      process.stdout.write(COMMAND_HELP[name]);
      return EXIT_DONE;
    }
    const command = await COMMANDS[name]();
    return await command(args);
  } catch (thrown) {
    const error = asHeadroomError(thrown);
    process.stderr.write(errorLines(error));
    if (error.code === 'internal')
      process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
    return exitCode(error.code);
  }
}

function isCommand(name: string): name is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, name);
}

const SHARED_OPTIONS = `  --models DIR            a folder with models, besides the bundled one; may be repeated.
                          The folders in HEADROOM_MODELS are searched as well
  --json                  for programs instead of people`;

const ENGINE_OPTIONS = `  --device NAME           auto (the default), cuda, dml, webgpu, coreml or cpu
  --vram-limit GIB        the most memory that weights and runs may take together, such as 6 or 0.5;
                          where it is short, Headroom does with less and says how`;

const OUT_OPTION = `  --out DIR               where pictures go; by default the folder "pictures" here`;

const SET_OPTION = `  --set NODE.INPUT=VALUE  give an input of a node another value; may be repeated.
                          For example --set generate.seed=42. A table takes a CSV
                          file, whose first line names its columns, such as
                          --set table.rows=prompts.csv. The columns are prompt,
                          negative_prompt, seed, width, height, steps,
                          guidance_scale and num_images; leave out what you like`;

export const GENERAL_HELP = `Headroom draws pictures from workflows, on this computer.

  headroom run WORKFLOW.json        run a workflow and save its pictures
  headroom estimate WORKFLOW.json   the memory that a run will need, before it runs
  headroom models                   the models that were found
  headroom doctor                   what this computer can do, and what to do about the rest
  headroom install-cuda             what NVIDIA cards need, for Linux

  headroom COMMAND --help           more about a command
  headroom --version

Try: headroom run resources/workflows/text-to-image.json --set generate.prompt="green heart" --out pictures
`;

/** What `headroom COMMAND --help` says. */
export const COMMAND_HELP = {
  run: `headroom run WORKFLOW.json [options]

Runs a workflow and saves its pictures.

${SET_OPTION}
${OUT_OPTION}
${ENGINE_OPTIONS}
${SHARED_OPTIONS.replace('for programs instead of people', 'one JSON event a line on standard output, instead of a progress bar')}

A workflow with a table runs once for each row; a row that fails does not stop the
others, and the exit code is then 3.

Ctrl+C stops after the current step. Exit codes: 0 done, 2 the input is wrong, 3 the run failed, 130 interrupted.
`,
  estimate: `headroom estimate WORKFLOW.json [options]

Tells what a run will need of the device's memory, stage by stage, and how it will be made to fit. Loads nothing.

${SET_OPTION}
${ENGINE_OPTIONS}
${SHARED_OPTIONS.replace('for programs instead of people', 'a JSON object, instead of a report')}

Exit codes: 0 it is expected to fit, 2 the input is wrong, 3 it is not.
`,
  models: `headroom models [options]

Lists the models that were found, with the memory that a picture in the size that each recommends takes, at once and with
all savings, and whether that fits; and says of those that cannot be used why.

${ENGINE_OPTIONS}
${SHARED_OPTIONS.replace('for programs instead of people', 'a JSON array, instead of a table')}
`,
  doctor: `headroom doctor [options]

Looks at this computer: processors, graphics drivers, memory, models; and says what to do where something is missing.

${SHARED_OPTIONS.replace('for programs instead of people', 'a JSON object, instead of a report')}
`,
  'install-cuda': `headroom install-cuda

Installs what NVIDIA cards need on 64-bit Linux, besides NVIDIA's driver: onnxruntime's CUDA provider and NVIDIA's CUDA 13
libraries, as packages of PyPI, by pip (python3-pip; nothing else of Python is used). About 1.2 GB are downloaded; 1.7 GB go to
~/.local/share/headroom/cuda, or to the folder in HEADROOM_CUDA. No root, no CUDA toolkit; delete the folder to undo it.
NVIDIA's licences of CUDA and cuDNN apply to its libraries. The driver has to be of version 580 or newer.

Exit codes: 0 CUDA works, 3 it does not, and why, 130 interrupted.
`,
} as const;

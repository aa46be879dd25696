import { app, Menu, nativeTheme, session } from 'electron';
import { asHeadroomError } from '../engine/contract/errors.ts';
import { documentArgument } from './command-line.ts';
import { CudaInstaller, type InstallerProgram } from './cuda-installer.ts';
import { Dialogs } from './dialogs.ts';
import { EngineLog } from './engine-host/engine-log.ts';
import { UtilityProcessStarter } from './engine-host/starter.ts';
import { EngineSupervisor } from './engine-host/supervisor.ts';
import { fileProblem } from './file-problem.ts';
import { ImageFiles } from './image-files.ts';
import { initialDocument } from './initial-document.ts';
import { appCalls, openFolder } from './ipc/handlers/app.ts';
import { documentCalls } from './ipc/handlers/document.ts';
import { engineCalls } from './ipc/handlers/engine.ts';
import { serveCalls } from './ipc/main.ts';
import { eventSender, Notices, type SendEvent } from './ipc/window-events.ts';
import { JsonFile } from './json-file.ts';
import { KnownPictures, zKnownPictures } from './known-pictures.ts';
import { MainWindow } from './main-window.ts';
import { buildMenu } from './menu.ts';
import { ModelFoldersWatch } from './model-folders-watch.ts';
import { EngineAccount } from './monitor/engine-account.ts';
import { GpuWatch } from './monitor/gpu-watch.ts';
import { DeviceMonitor } from './monitor/monitor.ts';
import { ownProcesses } from './monitor/own-processes.ts';
import { type AppPaths, appPaths } from './paths.ts';
import { PictureRegistry } from './pictures.ts';
import { cleanPreviews } from './previews.ts';
import { PAGE_ORIGIN, serveSchemes } from './protocol.ts';
import { JobQueue } from './queue/queue.ts';
import { resumeJobs } from './queue/resume.ts';
import { zJournal } from './queue/stored-job.ts';
import { relayEvents } from './relay.ts';
import { SettingsStore } from './settings.ts';
import { deviceBytes } from './settings-problem.ts';
import { TableFiles } from './table-files.ts';
import { refusePermissions } from './window.ts';
import { zWindowPlace } from './window-bounds.ts';
import { WorkflowFiles } from './workflow-files.ts';

/** The running app, as its life cycle needs it. */
export interface RunningApp {
  window: MainWindow;
  /** Ends the engine and waits until everything is written. */
  stop(): Promise<void>;
}

/** Puts the parts together. Called once, when Electron is ready. */
export async function startApp(): Promise<RunningApp> {
  const paths = appPaths();
  const place = new JsonFile(paths.window, zWindowPlace);
  const developmentUrl = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL;
  const url = developmentUrl ?? `${PAGE_ORIGIN}/index.html`;
  const send: SendEvent = eventSender(() => window.contents);
  const notices = new Notices(send);
  const window = new MainWindow({ preload: paths.preload, url, place }, send, notices);
  const dialogs = new Dialogs(() => window.current);
  const known = new KnownPictures(new JsonFile(paths.knownPictures, zKnownPictures));
  const files = new WorkflowFiles(dialogs, known);
  const pictures = new PictureRegistry();
  const settings = new SettingsStore(paths.settings, paths.results);
  tellProblem(notices, await settings.load());
  tellProblem(notices, await known.load());

  const log = new EngineLog();
  const engine = superviseEngine(paths, settings, log);
  const { queue, journalWritten } = await openQueue(paths, engine, pictures, notices);
  const cuda = new CudaInstaller(cudaProgram(paths), (line) => log.add('info', line));
  const account = new EngineAccount(engine, paths.gauge);
  const monitor = new DeviceMonitor(
    new GpuWatch(),
    () => ownProcesses(app.getAppMetrics(), enginePid(engine)),
    () => account.reading(Date.now()),
  );
  const modelFolders = new ModelFoldersWatch();
  relayEvents(send, { engine, log, queue, monitor, settings, modelFolders });
  engine.start();
  monitor.start();
  const watchModels = () => void modelFolders.watch([...settings.current.modelFolders, paths.bundledModels]);
  watchModels();

  settings.onChange.listen(() => {
    nativeTheme.themeSource = settings.current.theme;
    engine.refresh();
    watchModels();
  });
  nativeTheme.themeSource = settings.current.theme;

  const asked = documentArgument(process.argv.slice(1), process.cwd());
  const calls = {
    ...appCalls({
      bundledModels: paths.bundledModels,
      settings,
      dialogs,
      notices,
      deviceBytes: () => deviceBytes(monitor.history.at(-1), settings.current.device),
    }),
    ...engineCalls({ cuda, engine, log, queue, monitor }),
    ...documentCalls({
      files,
      images: new ImageFiles(pictures, known),
      tables: new TableFiles(dialogs),
      dialogs,
      initial: () => initialDocument(files, window.documentPath ?? asked, paths.defaultWorkflow, notices),
      onDocument: (document) => window.setDocument(document),
      decide: (decision) => window.decide(decision),
      closeWindow: () => window.close(),
    }),
  };
  const pageOrigin = new URL(url).protocol === 'app:' ? PAGE_ORIGIN : new URL(url).origin;
  serveCalls(
    calls,
    ({ contents, origin, isMainFrame }) => contents === window.contents && isMainFrame && origin === pageOrigin,
  );
  serveSchemes(paths.renderer, pictures);
  refusePermissions(session.defaultSession);
  Menu.setApplicationMenu(
    buildMenu({
      command: (name) => send('command', name),
      restartEngine: () => void engine.restart(),
      openResultsFolder: () =>
        void openFolder(settings.current.resultsFolder).catch((error) =>
          tellProblem(notices, asHeadroomError(error).message),
        ),
    }),
  );
  await window.open();

  return {
    window,
    async stop() {
      cuda.stop();
      monitor.stop();
      modelFolders.stop();
      queue.close();
      await Promise.all([engine.stop(), journalWritten(), place.settled()]);
    },
  };
}

/** The command line of this app, run by the app's own Node. */
function cudaProgram({ commandLine, resources }: AppPaths): InstallerProgram {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', HEADROOM_RESOURCES: resources };
  return { file: process.execPath, args: [commandLine, 'install-cuda'], env };
}

function superviseEngine(paths: AppPaths, settings: SettingsStore, log: EngineLog): EngineSupervisor {
  return new EngineSupervisor(
    new UtilityProcessStarter(paths.engineEntry),
    () => ({
      modelFolders: [...settings.current.modelFolders, paths.bundledModels],
      tokenizersFolder: paths.tokenizers,
      resultsFolder: settings.current.resultsFolder,
      previewFolder: paths.previews,
      device: settings.current.device,
      cacheClearing: settings.current.cacheClearing,
      memoryLimitBytes: settings.current.memoryLimitBytes ?? undefined,
      keptFreeBytes: settings.current.keptFreeBytes ?? undefined,
      extendStrategy: settings.current.extendStrategy,
      gauge: { program: paths.gaugeProgram, file: paths.gauge },
      stateFolder: paths.state,
    }),
    log,
  );
}

async function openQueue(paths: AppPaths, engine: EngineSupervisor, pictures: PictureRegistry, notices: Notices) {
  const journal = new JsonFile(paths.queue, zJournal);
  const { value, problem } = await journal.read();
  tellProblem(notices, problem && `The queue is empty: ${problem}`);
  const jobs = value ? resumeJobs(value) : [];
  await cleanPreviews(paths.previews, new Set(jobs.flatMap(({ images }) => images.map(({ path }) => path)))).catch(
    (error) => tellProblem(notices, `Old previews were not removed: ${fileProblem(error)}.`),
  );
  let told = false;
  const queue = new JobQueue(engine, pictures, jobs, (state) => {
    journal.write(state).catch((error) => {
      if (!told) tellProblem(notices, `The queue cannot be written down: ${fileProblem(error)}.`);
      told = true;
    });
  });
  return { queue, journalWritten: () => journal.settled() };
}

function enginePid({ status }: EngineSupervisor): number | null {
  return status.state === 'ready' || status.state === 'busy' ? status.pid : null;
}

function tellProblem(notices: Notices, problem: string | null): void {
  if (problem) notices.tell('warning', problem);
}

import { FolderSearch, Workflow } from 'lucide-react';
import type { ShownImage } from '../../electron/ipc/contract.ts';
import { showInFolder } from '../api/queue-actions.ts';
import { runCommand } from '../commands.ts';
import { fileName } from '../format.ts';
import { viewPicture } from '../stores/ui.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { pictureRows, pictureTexts } from './picture-settings.ts';

/** What drew a picture, ready to be copied, and what can be done with it. */
export function PictureDetails({ image }: { image: ShownImage }) {
  const { seed } = image.settings;
  return (
    <>
      <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-4 py-3">
        {pictureTexts(image).map(({ title, text }) => (
          <Part key={title} title={title} copy={text}>
            <p className="max-h-48 overflow-y-auto wrap-anywhere whitespace-pre-wrap selectable">{text}</p>
          </Part>
        ))}
        {typeof seed === 'number' && (
          <Part title="Seed" copy={String(seed)}>
            <p className="selectable numeric">{seed}</p>
          </Part>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          {pictureRows(image).map(({ title, value }) => (
            <div key={title} className="contents">
              <dt className="text-soft">{title}</dt>
              <dd className="min-w-0 text-right wrap-anywhere selectable numeric">{value}</dd>
            </div>
          ))}
        </dl>
        <Part title="File" copy={image.path}>
          <p className="truncate selectable" title={image.path}>
            {fileName(image.path)}
          </p>
          {image.kind === 'preview' && (
            <p className="text-xs text-soft">
              A preview: Headroom may clean it up. Save Image keeps pictures for good.
            </p>
          )}
        </Part>
      </div>
      <footer className="flex shrink-0 flex-col gap-2 border-t border-line p-3">
        <Button onClick={() => void openWorkflow(image)}>
          <Workflow />
          Open its workflow
        </Button>
        <Button onClick={() => void showInFolder(image.path)}>
          <FolderSearch />
          Show in folder
        </Button>
      </footer>
    </>
  );
}

function Part({ title, copy, children }: { title: string; copy: string; children: React.ReactNode }) {
  return (
    <section>
      <header className="flex h-6 items-center justify-between">
        <h3 className="text-xs text-soft">{title}</h3>
        <CopyButton text={copy} label={`Copy ${title.toLowerCase()}`} />
      </header>
      {children}
    </section>
  );
}

/** Every picture that Headroom draws carries the document that drew it. The person may keep the present one instead. */
async function openWorkflow(image: ShownImage): Promise<void> {
  if (await runCommand('open-file', { path: image.path })) viewPicture(null);
}

import { FolderPlus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { changeSettings, chooseFolder } from '../api/settings-actions.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { SettingRow } from './SettingRow.tsx';

export function ResultsFolder({ folder }: { folder: string }) {
  async function choose() {
    const resultsFolder = await chooseFolder('Where to save pictures');
    if (resultsFolder !== null) await changeSettings({ resultsFolder });
  }

  return (
    <div className="space-y-2">
      <SettingRow title="Results" description="Where Save Image puts pictures.">
        <Button onClick={() => void choose()}>Change</Button>
      </SettingRow>
      <ul className="overflow-hidden rounded-md border border-line">
        <FolderRow path={folder} />
      </ul>
    </div>
  );
}

interface ModelFoldersProps {
  folders: readonly string[];
  /** The folder that comes with the app and is always looked into. */
  bundled: string | null;
}

export function ModelFolders({ folders, bundled }: ModelFoldersProps) {
  async function add() {
    const folder = await chooseFolder('A folder that holds models');
    if (folder !== null && !folders.includes(folder)) await changeSettings({ modelFolders: [...folders, folder] });
  }

  return (
    <div className="space-y-2">
      <SettingRow title="Models folders" description="Searched for models, most important first.">
        <Button onClick={() => void add()}>
          <FolderPlus />
          Add
        </Button>
      </SettingRow>
      <ul className="divide-y divide-line overflow-hidden rounded-md border border-line">
        {folders.map((folder) => (
          <FolderRow key={folder} path={folder}>
            <IconButton
              size="sm"
              label={`Remove ${folder}`}
              hint="Stop looking here; nothing is deleted"
              onClick={() => void changeSettings({ modelFolders: folders.filter((kept) => kept !== folder) })}
            >
              <Trash2 />
            </IconButton>
          </FolderRow>
        ))}
        {bundled && (
          <FolderRow path={bundled}>
            <Badge>Comes with Headroom</Badge>
          </FolderRow>
        )}
      </ul>
    </div>
  );
}

/** The end of a path says more than its start, so a long one is cut at the left. */
function FolderRow({ path, children }: { path: string; children?: ReactNode }) {
  return (
    <li className="flex h-8 items-center gap-2 bg-field px-2.5">
      <span className="min-w-0 flex-1 truncate text-left text-xs [direction:rtl] selectable" title={path}>
        <bdi>{path}</bdi>
      </span>
      {children}
    </li>
  );
}

import { call, messageOf } from '../api/client.ts';
import { formatBytes } from '../format.ts';
import { Button } from '../ui/Button.tsx';
import { toast } from '../ui/toast.ts';
import { SettingRow } from './SettingRow.tsx';
import { useEngineAnswer } from './use-engine-answer.ts';

const ask = () => call('engine:kept-weights');

/** Copies of weights that make models load fast, and what they take of the disk. */
export function KeptWeights() {
  const [kept, setKept] = useEngineAnswer(ask);

  async function deleteAll() {
    try {
      setKept(await call('engine:delete-kept-weights'));
    } catch (thrown) {
      toast('error', 'The weights could not be deleted', { detail: messageOf(thrown) });
    }
  }

  return (
    <SettingRow
      title="Prepared weights"
      description={
        <span title={kept?.folder}>
          Copies in the type that the device computes in, or with LoRAs in them, so that models load fast. Deleted ones
          are made again when they are needed.
        </span>
      }
    >
      <div className="flex shrink-0 items-center gap-2">
        <span className="text-xs text-soft numeric">{kept && formatBytes(kept.bytes)}</span>
        <Button disabled={!kept?.bytes} onClick={() => void deleteAll()} aria-label="Delete prepared weights">
          Delete
        </Button>
      </div>
    </SettingRow>
  );
}

import { formatBytes } from '../format.ts';
import { cn } from '../ui/cn.ts';
import { type Recommendation, type RecommendedModel, recommendedSettings } from './recommended-settings.ts';

const GIB = 1024 ** 3;

interface RecommendedTableProps {
  model: RecommendedModel;
  /** What can be used now, for which rows are marked; null where that is not known. */
  budgetBytes: number | null;
}

/** Sizes of pictures by budgets: how many at once, and what it takes to draw several. */
export function RecommendedTable({ model, budgetBytes }: RecommendedTableProps) {
  const { pictures } = recommendedSettings;
  const budget = budgetNow(model, budgetBytes);
  const most = Math.max(...model.rows.flatMap(({ budgets }) => budgets));
  return (
    <table aria-label={model.title} className="w-full text-left text-xs numeric">
      <thead className="text-soft">
        <tr>
          <th className="py-1 pr-4 pl-2 font-normal">Pictures of</th>
          <th className="pr-4 font-normal whitespace-nowrap">Budget in GiB</th>
          <th className="pr-4 font-normal">Without savings</th>
          <th className="pr-4 font-normal">To draw {pictures} pictures</th>
          <th className="pr-2 text-right font-normal">Peak</th>
        </tr>
      </thead>
      <tbody>
        {model.rows.map((row, index) => (
          <tr
            key={`${row.side} ${row.budgets[0]}`}
            aria-current={budget !== null && row.budgets.includes(budget) ? 'true' : undefined}
            className="border-t border-line align-top aria-[current]:bg-accent-soft"
          >
            <td className="py-1.5 pr-4 pl-2 whitespace-nowrap">
              {model.rows[index - 1]?.side !== row.side && `${row.side} × ${row.side}`}
            </td>
            <td className="py-1.5 pr-4 whitespace-nowrap">{budgetWords(row.budgets, most)}</td>
            <td className="py-1.5 pr-4 whitespace-nowrap">{together(row)}</td>
            <td className={cn('py-1.5 pr-4', !row.fits && 'text-danger')}>{needed(row)}</td>
            <td className="py-1.5 pr-2 text-right whitespace-nowrap">{row.fits && formatBytes(row.peakBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The largest budget of the table that is there now. */
function budgetNow({ rows }: RecommendedModel, budgetBytes: number | null): number | null {
  const fitting = rows.flatMap(({ budgets }) => budgets).filter((budget) => budget * GIB <= (budgetBytes ?? 0));
  return fitting.length > 0 ? Math.max(...fitting) : null;
}

/** Such as "4", "6 to 8" or "12 and more". @param most the largest of the table */
function budgetWords(budgets: readonly number[], most: number): string {
  const [first, last] = [budgets[0], budgets.at(-1)];
  if (last === most) return `${first} and more`;
  return first === last ? `${first}` : `${first} to ${last}`;
}

function together({ together, togetherBytes }: Recommendation): string {
  return together === 0 ? 'none' : `${together} at once (${formatBytes(togetherBytes)})`;
}

function needed({ fits, savings, peakBytes }: Recommendation): string {
  if (!fits) return `Does not fit: it needs ${formatBytes(peakBytes)}`;
  return savings.length === 0 ? 'No savings are needed' : `Headroom ${savings.join('; ')}`;
}

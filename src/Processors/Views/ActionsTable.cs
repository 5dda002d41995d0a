using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Daemon;
using Marten.Events.Daemon.Internals;
using Marten.Subscriptions;
using Npgsql;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Views;

/// <summary>
/// Folds events into analysis.actions inside the store, by one statement over a range of sequence numbers: the daemon says how far and is given no event to read, and a
/// rebuild folds all of it at once.
/// </summary>
public sealed class ActionsTable : SubscriptionBase
{
    /// <summary>Of the daemon's progress in the store: never change it.</summary>
    public const string Progress = "analysis";

    /// <summary>The only place that says which column comes from where. First and last sequence number are its parameters.</summary>
    private const string Fold =
        """
        insert into analysis.actions (seq_id, hunt, version, at, fact, actor, action_id, team, treasure, hint, refusal, ordinal,
            points, bonus, cost, guess_mac, settings_version, definition_version, ingress, processor)
        select event.seq_id, substr(event.stream_id, length('hunt/') + 1), event.version, (stamp ->> 'at')::timestamptz, event.type, stamp ->> 'actor', (stamp ->> 'actionId')::uuid,
            data ->> 'team', data ->> 'treasure', data ->> 'hint', data ->> 'code', (data ->> 'ordinal')::int,
            (data ->> 'points')::int, (data ->> 'bonus')::int, coalesce(data ->> 'cost', data ->> 'penalty')::int, data ->> 'guessMac',
            (stamp ->> 'settingsVersion')::bigint, (stamp ->> 'definitionVersion')::int, stamp ->> 'ingress', stamp ->> 'processor'
        from hunts.mt_events as event cross join lateral (select event.data -> 'stamp' as stamp offset 0) as of_event
        where event.seq_id between {0} and {1} and event.stream_id like 'hunt/%'
        """;

    /// <summary>A range may come again.</summary>
    private const string Again = "\non conflict (seq_id) do nothing";

    /// <summary>Rows that are there already are looked up, and not made once more.</summary>
    private const string Missing = "\n    and not exists (select from analysis.actions as there where there.seq_id = event.seq_id)";

    // Marten's parameters are question marks, Npgsql's have numbers.
    private static readonly string FoldRange = string.Format(null, Fold, "?", "?") + Again;
    private static readonly string FoldMissing = string.Format(null, Fold, "?", "?") + Missing + Again;
    private static readonly string FoldPart = string.Format(null, Fold, "$1", "$2") + Again;
    private static readonly string FoldAll = string.Format(null, Fold, "1", "$1");

    /// <summary>100 million events take a quarter of an hour.</summary>
    private static readonly TimeSpan RebuildLimit = TimeSpan.FromHours(6);

    /// <summary>Events that are folded in one transaction at most, some seconds of work. What is stored with the progress of a larger range only looks for rows that are missing.</summary>
    public const int MaxAtOnce = 500_000;

    /// <summary>Whoever waits for the table's lock keeps everybody else from it: not for long.</summary>
    private const string LockLimit = "30s";

    private readonly int _atOnce;

    /// <param name="atOnce">events folded in one transaction</param>
    public ActionsTable(int atOnce)
    {
        _atOnce = atOnce;
        Name = Progress;
        IncludeType<NoEvent>();
    }

    /// <summary>Of the range only its ends are asked for. What is queued is stored with the daemon's progress.</summary>
    public override async Task<IChangeListener> ProcessEventsAsync(EventRange page, ISubscriptionController controller, IDocumentOperations operations, CancellationToken cancellationToken)
    {
        var (floor, ceiling) = (page.SequenceFloor, page.SequenceCeiling);
        if (ceiling - floor <= _atOnce)
        {
            operations.QueueSqlCommand(FoldRange, floor + 1, ceiling);
        }
        else
        {
            await FoldInPartsAsync(operations, floor, ceiling, cancellationToken);
            operations.QueueSqlCommand(FoldMissing, floor + 1, ceiling); // a rebuild may have emptied the table meanwhile
        }
        // Had another daemon led for a moment, our progress might have begun where its own has ended, and be refused without a word.
        operations.QueueSqlCommand("update hunts.mt_event_progression set last_seq_id = ? where name = ? and last_seq_id >= ? and last_seq_id < ?", ceiling, AnalysisStore.Shard, floor, ceiling);
        return NullChangeListener.Instance;
    }

    private async Task FoldInPartsAsync(IDocumentOperations operations, long floor, long ceiling, CancellationToken cancel)
    {
        await using var connection = operations.Database.CreateConnection();
        await connection.OpenAsync(cancel);
        for (var from = floor + 1; from <= ceiling; from += _atOnce)
        {
            await using var fold = new NpgsqlCommand(FoldPart, connection) { CommandTimeout = (int)RebuildLimit.TotalSeconds };
            fold.Parameters.Add(new NpgsqlParameter { Value = from });
            fold.Parameters.Add(new NpgsqlParameter { Value = Math.Min(from + _atOnce - 1, ceiling) });
            await fold.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>
    /// Makes the table anew from the events, as far as the daemon has come, in one transaction. Whoever reads the table waits, and so does the daemon, which
    /// goes on from there; processors go on deciding.
    /// </summary>
    /// <returns>events folded</returns>
    /// <exception cref="PostgresException">lock_not_available: somebody has been reading the table for half a minute; nothing was done</exception>
    public static async Task<long> RebuildAsync(NpgsqlDataSource data, CancellationToken cancel)
    {
        await using var connection = await data.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await ExecuteAsync($"select pg_advisory_xact_lock({HuntStore.TablesLock})");
        await ExecuteAsync($"set local lock_timeout = '{LockLimit}'");
        // The table before the progress: what the daemon is just folding is then either in both or in neither.
        await ExecuteAsync("lock table analysis.actions in access exclusive mode");
        await using var asked = new NpgsqlCommand("select last_seq_id from hunts.mt_event_progression where name = $1", connection) { Parameters = { new() { Value = AnalysisStore.Shard } } };
        var upTo = (long?)await asked.ExecuteScalarAsync(cancel) ?? 0;
        await ExecuteAsync("truncate analysis.actions");
        await ExecuteAsync("drop index if exists analysis.actions_by_hunt"); // one sort at the end costs less than a search for every row
        var folded = await ExecuteAsync(FoldAll, upTo);
        await ExecuteAsync("create index actions_by_hunt on analysis.actions (hunt, version)");
        await transaction.CommitAsync(cancel);
        return folded;

        async Task<int> ExecuteAsync(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)RebuildLimit.TotalSeconds };
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            return await command.ExecuteNonQueryAsync(cancel);
        }
    }

    /// <summary>The one type of event the daemon reads for the table. There is none of it.</summary>
    private sealed record NoEvent;
}

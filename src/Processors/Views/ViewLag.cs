using System.Diagnostics.Metrics;
using Npgsql;
using TreasureHunt.Processors.Storage;

namespace TreasureHunt.Processors.Views;

/// <summary>
/// Watches the analysts' tables: how far they are behind, and that every event passed has its row. The second number must
/// stay zero; the daemon's own word is not taken for it.
/// </summary>
public sealed class ViewLag(StoreConnections store, TimeProvider time, ILogger<ViewLag> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly Meter Meter = new("TreasureHunt");

    private long _verified;
    private long _missing;

    public ViewStanding Latest { get; private set; } = new(0, 0, 0, null);

    protected override async Task ExecuteAsync(CancellationToken cancel)
    {
        Meter.CreateObservableGauge("hunt.views.lag", () => Latest.EventsBehind, "{event}");
        Meter.CreateObservableGauge("hunt.views.missing", () => Latest.RowsMissing, "{event}");
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(cancel);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                log.LogWarning("The views' lag is unknown: {Error}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        await using var command = store.Reader.CreateCommand(
            """
            with at as (select coalesce((select last_seq_id from hunts.mt_event_progression where name = 'analysis:All'), 0) as folded)
            select (select coalesce(max(seq_id), 0) from hunts.mt_events), at.folded,
                   (select count(*) from hunts.mt_events where seq_id > $1 and seq_id <= at.folded),
                   (select count(*) from analysis.actions where seq_id > $1 and seq_id <= at.folded)
            from at
            """);
        command.Parameters.AddWithValue(_verified);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        var (last, folded, events, rows) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
        _missing = events - rows;
        if (_missing == 0) _verified = Math.Max(_verified, folded); // what is missing is looked for again until it is there: hunt views rebuild
        else log.LogError("{Missing} events up to {Folded} have no row in analysis.actions.", events - rows, folded);
        Latest = new ViewStanding(Math.Max(0, last - folded), folded, _missing, time.GetUtcNow());
    }
}

/// <param name="EventsBehind">events stored and not yet folded into the analysts' tables</param>
/// <param name="RowsMissing">events passed without a row: must be 0</param>
public sealed record ViewStanding(long EventsBehind, long FoldedTo, long RowsMissing, DateTimeOffset? SeenAt);

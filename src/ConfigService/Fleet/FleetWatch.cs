using System.Diagnostics.Metrics;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Fleet;

/// <summary>
/// Watches how the fleet stands to the settings: settles versions that everybody has answered, and says by metric and log who does not work by
/// what is desired. Any number of ConfigServices may do so on one store.
/// </summary>
public sealed class FleetWatch : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2), Between = TimeSpan.FromSeconds(1);

    /// <summary>Versions settled in one go.</summary>
    private const int MaxPending = 1_000;

    private readonly SettingsLog _settings;
    private readonly ReceiptLog _receipts;
    private readonly TimeProvider _time;
    private readonly ILogger<FleetWatch> _logger;
    private readonly SemaphoreSlim _answered = new(0);
    private readonly Histogram<double> _elapsed;
    private readonly OutOfStep _out; // only on the watching task
    private volatile IReadOnlyList<(string Instance, Standing Standing)> _alerts = [];

    public FleetWatch(SettingsLog settings, ReceiptLog receipts, TimeProvider time, IMeterFactory meters, ILogger<FleetWatch> logger)
    {
        (_settings, _receipts, _time, _logger, _out) = (settings, receipts, time, logger, new OutOfStep(time));
        var meter = meters.Create("TreasureHunt");
        _elapsed = meter.CreateHistogram<double>("hunt.settings.converged", "ms", "From a change's commit to its being in force everywhere");
        meter.CreateObservableGauge(
            "hunt.settings.drift", () => Enum.GetValues<Standing>().Where(OutOfStep.Counts).Select(standing =>
                new Measurement<int>(_alerts.Count(alert => alert.Standing == standing), new KeyValuePair<string, object?>("standing", standing.ToString().ToLowerInvariant()))),
            "{instance}", $"Processes that have not worked by the settings for more than {OutOfStep.Grace.TotalSeconds:0} s: alert above 0");
    }

    /// <summary>Who has been out of step for longer than <see cref="OutOfStep.Grace"/>.</summary>
    public IReadOnlyList<(string Instance, Standing Standing)> Alerts => _alerts;

    /// <summary>To be called when receipts were stored, from any thread.</summary>
    public void Answered() => _answered.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    while (await SettleAsync(stoppingToken)) { }
                    await LookAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    _logger.LogWarning("How the fleet stands cannot be told: {Why}", e.Message);
                }
                await _answered.WaitAsync(LookEvery, stoppingToken);
                await Task.Delay(Between, _time, stoppingToken); // the answers of a fleet come close together, and nobody waits for the verdict
                while (_answered.Wait(0, stoppingToken)) { }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <returns>is there perhaps more to settle?</returns>
    private async Task<bool> SettleAsync(CancellationToken cancel)
    {
        var pending = await _settings.CommittedAsync(await _receipts.SettledAsync(cancel), MaxPending, cancel);
        if (pending.Count == 0) return false;
        var answers = await _receipts.AnsweredAfterAsync(pending[0].Sequence, cancel);
        var settled = Convergence.Settled([.. pending.Select(commit => commit.Change)], answers, await _receipts.LatestAsync(cancel), _time.GetUtcNow());
        if (settled.Count == 0 || !await _receipts.SettleAsync(settled, cancel)) return false;
        foreach (var version in settled)
        {
            if (version.Applied > 0) _elapsed.Record(version.ElapsedMs);
            if (version.Refused.Count + version.Missing.Count > 0)
                _logger.LogWarning("Settings version {Version} is not in force everywhere: refused by {Refused}, no answer from {Missing}",
                    version.Version, string.Join(", ", version.Refused), string.Join(", ", version.Missing));
        }
        return pending.Count == MaxPending && settled.Count == pending.Count;
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        var desired = _settings.LastRead.State;
        var latest = await _receipts.LatestAsync(cancel);
        var heard = SettingsReceipt.LastHeard(latest, _time.GetUtcNow());
        var fleet = latest.Select(receipt => FleetInstance.Of(receipt, desired, heard)).ToList();
        var alerts = _out.Look(fleet, desired.Version);
        foreach (var (instance, standing) in alerts.Except(_alerts))
            _logger.LogWarning("{Instance} is {Standing} since {Seconds:0} s; see hunt settings fleet", instance, standing, OutOfStep.Grace.TotalSeconds);
        _alerts = alerts;
    }
}

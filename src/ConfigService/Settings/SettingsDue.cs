using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>
/// Does what is due: scheduled changes, values that end, proposals nobody approved. What is due is folded from the streams, so
/// it survives a restart and is done late rather than never; expected versions let one of several ConfigServices do it.
/// </summary>
public sealed class SettingsDue : BackgroundService
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What could not be done is tried again so often.</summary>
    public static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(5);

    private const int MaxAtOnce = 1000;
    private readonly SettingsLog _log;
    private readonly FleetKnowledge _fleet;
    private readonly TimeProvider _time;
    private readonly ILogger<SettingsDue> _logger;
    private readonly Counter<long> _glass;
    private volatile IReadOnlyDictionary<long, string> _overdue = ImmutableDictionary<long, string>.Empty;

    public SettingsDue(SettingsLog log, FleetKnowledge fleet, TimeProvider time, IMeterFactory meters, ILogger<SettingsDue> logger)
    {
        (_log, _fleet, _time, _logger) = (log, fleet, time, logger);
        var meter = meters.Create("TreasureHunt");
        _glass = meter.CreateCounter<long>("hunt.settings.break_glass", "{change}", "Dangerous settings changed without a second person");
        meter.CreateObservableGauge("hunt.settings.proposals", () => log.Situation.Proposals.Open.Count(), "{proposal}", "Changes that wait for their time or for a second person");
        meter.CreateObservableGauge("hunt.settings.overdue", () => _overdue.Count, "{version}", "Values that ought to have ended and cannot, because others have changed meanwhile");
        log.Committed += (changes, planned) =>
        {
            foreach (var change in changes.Where(change => change.Proposal is null)) Hear(change.Who, change.BreakGlass); // a proposal was heard when it was made
            foreach (var proposed in planned.OfType<ChangeProposed>()) Hear(proposed.Who, proposed.BreakGlass);
        };
    }

    /// <summary>Versions whose values ought to have ended, with why they have not.</summary>
    public IReadOnlyDictionary<long, string> Overdue => _overdue;

    /// <summary>Does what is due now, one after the other.</summary>
    public async Task RunDueAsync(CancellationToken cancel)
    {
        for (var done = 0; done < MaxAtOnce; done++)
        {
            var facts = await _fleet.LookAsync(cancel);
            var overdue = new Dictionary<long, string>();
            var (decision, _) = await _log.DecideAsync(situation =>
            {
                overdue.Clear();
                return ProposalDecider.Next(situation, facts, _time.GetUtcNow(), overdue) ?? new SettingsDecision.Unchanged();
            }, cancel);
            foreach (var (version, why) in overdue)
                if (!_overdue.ContainsKey(version)) _logger.LogWarning("The values of settings version {Version} cannot end as they should: {Why}", version, why);
            _overdue = overdue;
            if (decision is SettingsDecision.Unchanged) break;
            Tell(decision);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        var retryAt = DateTimeOffset.MinValue;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = _time.GetUtcNow();
                var but = now < retryAt ? _overdue : ImmutableDictionary<long, string>.Empty;
                if (!ProposalDecider.IsAnythingDue(_log.Situation, now, but)) continue;
                try
                {
                    await RunDueAsync(stoppingToken);
                    retryAt = now + RetryEvery;
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    _logger.LogWarning("What is due in the settings could not be done yet: {Why}", e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Tell(SettingsDecision decision)
    {
        switch (decision)
        {
            case SettingsDecision.Changed { Change: var change }:
                _logger.LogInformation("Settings version {Version}: {Why}", change.Version, change.Why);
                break;
            case SettingsDecision.Planned { Event: ProposalRefused refused }:
                _logger.LogWarning("Proposal {Proposal} is refused: {Why}", refused.Proposal, refused.Reason);
                break;
            case SettingsDecision.Planned { Event: ProposalApplied applied }:
                _logger.LogInformation("Proposal {Proposal} is settings version {Version}", applied.Proposal, applied.Version);
                break;
        }
    }

    /// <summary>Glass that is broken must be heard.</summary>
    private void Hear(string who, string? brokeGlassBecause)
    {
        if (brokeGlassBecause is null) return;
        _glass.Add(1);
        _logger.LogWarning("{Who} broke the glass to change settings without a second person: {Why}", who, brokeGlassBecause);
    }
}

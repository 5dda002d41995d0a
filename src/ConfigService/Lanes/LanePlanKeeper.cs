using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>
/// Keeps lane.plan while lane.balance is true: a changed plan is a settings change like any other, decided on the latest
/// version. Of several ConfigServices on one store the first to append wins; the others read its plan and find nothing to do.
/// </summary>
public sealed class LanePlanKeeper(
    LanePresence presence, SettingsLog log, FleetKnowledge fleet, HuntOptions options, TimeProvider time, ILogger<LanePlanKeeper> logger)
    : BackgroundService
{
    /// <summary>Who asks, as the history shows it.</summary>
    public const string Who = "lane-planner";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly SettingsSubject Anybody = new("config", "any");

    private readonly long _began = time.GetTimestamp();
    private readonly LanePlanDebounce _debounce = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("The lane plan cannot be kept now ({Why}); processors go on by the last one", e.Message);
                    await Task.Delay(LaneReport.Every, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        var reports = presence.Reports();
        LaneProcessor[] present = [.. reports.Where(heard => heard.Report.Stage == LaneStage.Working).Select(heard => new LaneProcessor(heard.Report.Instance, heard.Report.Weight))];
        if (!_debounce.IsSettled(present, time.GetElapsedTime(_began)) || Decide(log.LastRead.State, present, reports) is null) return;
        var facts = await fleet.LookAsync(cancel);
        var (decision, _) = await log.DecideAsync(
            situation => Decide(situation.State, present, reports) is { } ask
                ? SettingsDecider.Decide(situation, ask, facts, null, Who, time.GetUtcNow(), approval: false)
                : new SettingsDecision.Unchanged(),
            cancel);
        if (decision is SettingsDecision.Changed { Change: var change })
        {
            logger.LogInformation("Settings version {Version}: {Why}", change.Version, change.Why);
        }
        else if (decision is SettingsDecision.Refused { Errors: var errors })
        {
            logger.LogError("The lane plan was refused: {Why}", string.Join(" ", errors.Select(error => error.Message)));
        }
    }

    /// <summary>The change to be asked for on a state; null: none.</summary>
    private ChangeSettings? Decide(SettingsState state, IReadOnlyList<LaneProcessor> present, IReadOnlyList<HeardReport> reports)
    {
        if (SettingsSchema.Resolve(state.Version, state.Values, Anybody).Snapshot is not { Lane: { Balance: true, Plan: var plan } }) return null;
        var next = LanePlanner.Plan(present, options.Lanes, lane => OwnerNow(lane, plan, present, reports));
        return next.Equals(plan)
            ? null
            : new ChangeSettings(new Dictionary<string, SettingValue?> { [SettingsSchema.LanePlan.Key] = SettingValue.Of(next.ToString()) }, LanePlanReason.Of(plan, next, present));
    }

    /// <summary>The planned owner; where there is none any more, whoever the broker gave the lane to: it may as well keep it.</summary>
    private static string? OwnerNow(int lane, LanePlan plan, IReadOnlyList<LaneProcessor> present, IReadOnlyList<HeardReport> reports) =>
        plan.OwnerOf(lane) is { } planned && present.Any(processor => processor.Instance == planned)
            ? planned
            : reports.FirstOrDefault(heard => heard.Report.Lanes.Any(state => state.Lane == lane && state.Active))?.Report.Instance;
}

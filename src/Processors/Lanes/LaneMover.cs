using Polly;
using Polly.Retry;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Processors.Lanes;

/// <summary>
/// Follows the lane plan, judged by outcome: looks at every lane some times a second and gives up in order what should be
/// another's. Each lane moves by itself; none waits for another, and no setting waits for a lane.
/// </summary>
public sealed class LaneMover(
    LaneHost host, LanePeers peers, LiveSettings settings, HuntOptions options, LaneMetrics metrics, TimeProvider time, ILogger<LaneMover> logger)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The bus connects again by itself. A lane that has had no channel for this long all the same is taken up anew: nobody may stay away from it.
    /// </summary>
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(10);

    /// <summary>A lane that cannot be subscribed to is tried again until it can: nobody may stay away from it.</summary>
    private readonly ResiliencePipeline _retry = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not (null or OperationCanceledException)),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromSeconds(1),
            OnRetry = retry =>
            {
                logger.LogWarning(retry.Outcome.Exception, "A lane could not be subscribed to anew, try {Try}", retry.AttemptNumber + 1);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private readonly long _began = time.GetTimestamp();
    private readonly Dictionary<int, (LaneCourse Course, Task Move)> _lanes = [];
    private readonly Dictionary<int, long> _lost = []; // since when a lane is not subscribed to

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                if (host.IsSubscribed) Look(settings.Current.Lane.Plan);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Moves under way are ended by the host, which closes all lanes now.
        }
    }

    private void Look(LanePlan plan)
    {
        foreach (var worker in host.Workers)
        {
            var lane = worker.Lane;
            var (course, move) = _lanes.TryGetValue(lane.Number, out var known) ? known : (new LaneCourse(options.Instance), Task.CompletedTask);
            if (!move.IsCompleted) continue;
            var sight = Sight(lane, plan.OwnerOf(lane.Number));
            if (course.ShouldStepBehind(sight) || IsLost(lane)) move = MoveAsync(lane.Number, sight);
            _lanes[lane.Number] = (course, move);
        }
    }

    private bool IsLost(Lane lane)
    {
        if (lane.Subscribed) _lost.Remove(lane.Number);
        else if (!_lost.TryGetValue(lane.Number, out var since)) _lost[lane.Number] = time.GetTimestamp();
        else if (time.GetElapsedTime(since) > LostAfter)
        {
            logger.LogWarning("Lane {Lane} has had no channel for {Seconds:0} s; it is taken up anew", lane.Number, LostAfter.TotalSeconds);
            return _lost.Remove(lane.Number);
        }
        return false;
    }

    private LaneSight Sight(Lane lane, string? owner)
    {
        var now = time.GetElapsedTime(_began);
        var (subscribed, active) = (lane.Subscribed, lane.Active);
        if (owner is null || owner == options.Instance || peers.Of(owner) is not { Report.Stage: LaneStage.Working } last
            || last.Report.Lanes.FirstOrDefault(state => state.Lane == lane.Number) is not { } there)
            return new LaneSight(now, owner, subscribed, active, null, false);
        var standsBy = there is { Subscribed: true, Active: false };
        return new LaneSight(now, owner, subscribed, active, standsBy ? time.GetElapsedTime(_began, last.Heard) : null, there.Active);
    }

    private async Task MoveAsync(int lane, LaneSight sight)
    {
        if (sight.Active) logger.LogInformation("Lane {Lane} is given up to {Owner}, as planned", lane, sight.Owner);
        else logger.LogDebug("Lane {Lane}: steps behind {Owner} in the waiting line", lane, sight.Owner);
        try
        {
            await _retry.ExecuteAsync(async _ => await host.ReopenAsync(lane));
            if (sight.Active) metrics.Moved(lane);
        }
        catch (OperationCanceledException)
        {
            // shutting down: all lanes are given up now
        }
    }
}

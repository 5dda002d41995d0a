using System.Globalization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Faults.Checks;
using TreasureHunt.Tests.Faults.Clients;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>
/// Processors come and go every five seconds under load, by SIGTERM and sometimes by SIGKILL. The planner shares the lanes out
/// each time; every lane has one writer at a time, by its stream and by what the processors say of themselves, nothing is lost, doubled or
/// reordered, and in the end the plan is what is.
/// </summary>
[Collection(SharedFleet.Name)]
public sealed class LanesAreRebalanced(SharedFleet shared, ITestOutputHelper output)
{
    private const int MostProcessors = 4, FewestProcessors = 1;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5), SettleLimit = TimeSpan.FromSeconds(60), MaxSilence = TimeSpan.FromSeconds(30);

    /// <summary>Of all lanes together, for one processor that comes or goes: each to the standby, or to its planned owner past others.</summary>
    private const int MostMovesPerChange = MostProcessors;

    private readonly RunningFleet _fleet = shared.Fleet;
    private readonly Random _random = new(11);
    private readonly HashSet<int> _there = [1, 2];
    private volatile int[] _started = [1, 2]; // ever
    private readonly List<Departure> _departures = [];
    private readonly Dictionary<int, Task> _underWay = []; // what was last asked of a processor: to start, or to end

    [Fact]
    public async Task Every_lane_has_one_owner_at_a_time_and_nothing_is_lost_doubled_or_reordered()
    {
        await _fleet.StandbyAsync();
        await using var scene = await Scene.BeginAsync(_fleet, "rebalanced", output);
        using var config = _fleet.Config();
        var claims = LaneClaims.Of(_fleet, () => _started);
        try
        {
            await SettledAsync(scene, config);
            var changes = 0;
            for (var began = _fleet.Clock.GetTimestamp(); _fleet.Clock.GetElapsedTime(began) < FaultForm.Rebalancing; await Task.Delay(Every))
                if (Change(scene)) changes++;
            await Task.WhenAll(_underWay.Values);
            await SettledAsync(scene, config);
            await scene.PlayAsync(2);
            await claims.StopAsync();
            var retried = (await Task.WhenAll(_there.Select(_fleet.StatusAsync))).Sum(status => status?.Totals.Retried ?? 0);

            var longest = await scene.EndAsync();
            var moves = LaneMoves.Of(scene.History!, _fleet.Options.Lanes, _departures);
            Assert.NotEmpty(moves);
            Keep($"{changes} processors came or went within {FaultForm.Rebalancing}; {retried} batches refused by the fence or tried again in those that are there\n{claims}\n{LaneMoves.Report(moves)}\n");
            Assert.True(claims.Claims > claims.Samples, $"Nobody was asked: {claims}.");
            Assert.True(claims.Twice.Count == 0, $"{claims}: {string.Join("; ", claims.Twice)}.");
            Assert.True(longest < MaxSilence, $"Nothing was committed on a lane for {longest}.");
            Assert.True(moves.Count <= MostMovesPerChange * (changes + 1), $"Lanes changed hands {moves.Count} times for {changes} processors that came or went: two wrote to one in turn.");
        }
        finally
        {
            await claims.StopAsync();
            await Task.WhenAll(_underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            foreach (var number in _there.Where(number => number > 2)) await _fleet.Services.StopProcessorAsync(number);
            foreach (var number in new[] { 1, 2 }.Where(number => !_there.Contains(number))) await _fleet.Services.StartProcessorAsync(number, default);
        }
    }

    /// <summary>A test that passes shows nothing of what it measured.</summary>
    private void Keep(string report)
    {
        output.WriteLine(report);
        var folder = Directory.CreateDirectory(Path.Combine(Box.RepositoryRoot(), ".hunt", "bench"));
        File.WriteAllText(Path.Combine(folder.FullName, "rebalanced.txt"), report);
    }

    /// <summary>A processor is started, stopped or killed; that it has been is not waited for. False: all of them are on their way, or would be missed.</summary>
    private bool Change(Scene scene)
    {
        int[] free = [.. Enumerable.Range(1, MostProcessors).Where(number => !_underWay.TryGetValue(number, out var task) || task.IsCompleted)];
        int[] absent = [.. free.Except(_there)], ready = [.. free.Where(_there.Contains)];
        if (absent.Length > 0 && (ready.Length <= FewestProcessors || _random.Next(2) == 0))
        {
            var number = absent[_random.Next(absent.Length)];
            scene.Fault($"start {ServiceProcesses.Processor(number)} beside {string.Join(", ", _there.Order())}");
            _there.Add(number);
            _underWay[number] = _fleet.Services.StartProcessorAsync(number, default);
            if (!_started.Contains(number)) _started = [.. _started, number]; // the box knows its address now
            return true;
        }
        if (ready.Length <= FewestProcessors) return false;
        var victim = ready[_random.Next(ready.Length)];
        _there.Remove(victim);
        var kill = _random.Next(3) == 0;
        scene.Fault($"{(kill ? "kill -9" : "stop")} {ServiceProcesses.Processor(victim)} beside {string.Join(", ", _there.Order())}");
        _departures.Add(new Departure(ServiceProcesses.Processor(victim), _fleet.Clock.GetUtcNow(), kill));
        _underWay[victim] = kill ? _fleet.Services.KillProcessorAsync(victim) : _fleet.Services.StopProcessorAsync(victim);
        return true;
    }

    /// <summary>Waits until the plan is for exactly those that are there, and every lane is worked by its planned owner alone.</summary>
    private async Task SettledAsync(Scene scene, ConfigClient config)
    {
        var names = _there.Select(ServiceProcesses.Processor).ToHashSet();
        for (var began = _fleet.Clock.GetTimestamp(); ; await Task.Delay(100))
        {
            var view = await config.LanesAsync();
            if (view.InStep && view.Lanes.All(lane => lane.Owners.Count == 1) && view.Lanes.Select(lane => lane.Planned ?? "").ToHashSet().SetEquals(names))
            {
                scene.Say(string.Create(CultureInfo.InvariantCulture, $"as planned after {_fleet.Clock.GetElapsedTime(began).TotalSeconds:0.0} s: {view.Plan}"));
                return;
            }
            Assert.True(_fleet.Clock.GetElapsedTime(began) < SettleLimit,
                $"After {SettleLimit} with {string.Join(", ", names)} there, the plan is {view.Plan} and the lanes are worked by {string.Join(", ", view.Lanes.Select(lane => $"{lane.Lane}: {string.Join('+', lane.Owners)}"))}.");
        }
    }
}

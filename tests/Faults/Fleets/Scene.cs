using System.Globalization;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Faults.Clients;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>Load on a fleet in which one thing after the other goes wrong, and the reckoning at its end.</summary>
public sealed class Scene : IAsyncDisposable
{
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    private readonly ITestOutputHelper _output;
    private readonly LoadRun _load;
    private readonly List<(string Fault, DateTimeOffset At)> _faults = [];
    private readonly long _began;

    private Scene(RunningFleet fleet, IngressClient client, LoadRun load, ITestOutputHelper output)
    {
        (Fleet, Client, _load, _output) = (fleet, client, load, output);
        _began = fleet.Clock.GetTimestamp();
    }

    public RunningFleet Fleet { get; }
    public IngressClient Client { get; }

    /// <summary>What was stored; null before the end.</summary>
    public Checks.History? History { get; private set; }

    /// <summary>Publishes a hunt on each lane and plays on all of them.</summary>
    public static async Task<Scene> BeginAsync(RunningFleet fleet, string word, ITestOutputHelper output, int ratePerSecond = FaultForm.Rate)
    {
        var client = fleet.Client(new ClientLedger(fleet.Clock));
        var hunts = await fleet.PublishAsync(word, client);
        var load = await LoadRun.StartAsync(new LoadPlan(hunts, RatePerSecond: ratePerSecond), client, fleet.Clock);
        return new Scene(fleet, client, load, output);
    }

    public void Say(string what) =>
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Fleet.Clock.GetElapsedTime(_began).TotalSeconds,6:0.0} s  {what}"));

    /// <summary>Called just before something goes wrong; how long the lanes stood still after it is said at the end.</summary>
    public void Fault(string what)
    {
        Say(what);
        _faults.Add((what, Fleet.Clock.GetUtcNow()));
    }

    /// <summary>Lets the load run on.</summary>
    public Task PlayAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds));

    /// <summary>Waits until an outcome has come from every lane since now.</summary>
    public async Task LanesAreWorkedAsync()
    {
        var from = Fleet.Clock.GetTimestamp();
        while (true)
        {
            var heard = Client.Ledger.Entries.Where(entry => entry.DecidedAt > from).Select(entry => LaneHash.LaneOf(entry.Hunt, Fleet.Options.Lanes)).ToHashSet();
            if (heard.Count == Fleet.Options.Lanes) return;
            Assert.True(Fleet.Clock.GetElapsedTime(from) < RecoveryLimit, $"After {RecoveryLimit} only the lanes {string.Join(", ", heard.Order())} are worked.");
            await Task.Delay(100);
        }
    }

    /// <summary>Ends the load, says what was measured, and fails the test when a promise is broken.</summary>
    /// <returns>the longest time that nothing was committed on a lane after a fault</returns>
    public async Task<TimeSpan> EndAsync()
    {
        await _load.StopAsync();
        var ended = Fleet.Clock.GetUtcNow();
        var report = await Report.OfAsync(Fleet, Client);
        History = report.History;
        var longest = TimeSpan.Zero;
        for (var i = 0; i < _faults.Count; i++)
        {
            var (silence, lane) = report.History.LongestSilence(_faults[i].At, i + 1 < _faults.Count ? _faults[i + 1].At : ended, Fleet.Options.Lanes);
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recovered in {silence.TotalMilliseconds:0} ms (longest time without a commit on a lane, here lane {lane}) after: {_faults[i].Fault}"));
            if (silence > longest) longest = silence;
        }
        _output.WriteLine(Client.Ledger.ToString());
        _output.WriteLine(report.ToString());
        Assert.True(report.Violations.Count == 0, report.ToString());
        return longest;
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        Client.Dispose();
    }
}

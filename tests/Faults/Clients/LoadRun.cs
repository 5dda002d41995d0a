namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>
/// Players who act until they are stopped, through the real ingress. Half of them wait for the outcome; now and then one
/// sends again what was answered already, as after a lost reply.
/// </summary>
public sealed class LoadRun : IAsyncDisposable
{
    private readonly LoadPlan _plan;
    private readonly IngressClient _client;
    private readonly TimeProvider _clock;
    private readonly List<LoadPlayer> _players;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    private LoadRun(LoadPlan plan, IngressClient client, TimeProvider clock)
    {
        (_plan, _client, _clock) = (plan, client, clock);
        _players = [.. plan.Hunts.SelectMany(hunt => Enumerable.Range(1, plan.PlayersPerHunt).Select(number => new LoadPlayer(hunt, number, plan.Seed, clock)))];
    }

    /// <summary>The hunts are published; registers all teams, then plays on by itself.</summary>
    public static async Task<LoadRun> StartAsync(LoadPlan plan, IngressClient client, TimeProvider clock)
    {
        var run = new LoadRun(plan, client, clock);
        await Task.WhenAll(run._players.Select(player => client.SendAsync(player.Hunt, player.Subject, wait: false, player.Register())));
        run._running = plan.RatePerSecond is { } rate ? run.OpenLoopAsync(rate) : Task.WhenAll(run._players.Select(player => run.ClosedLoopAsync(player)));
        return run;
    }

    /// <summary>No new actions; those under way are sent until they are accepted.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        _client.GiveUp();
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task ClosedLoopAsync(LoadPlayer player)
    {
        var random = new Random(_plan.Seed + player.Subject.Length);
        while (!_stopping.IsCancellationRequested)
        {
            await _client.SendAsync(player.Hunt, player.Subject, wait: random.Next(2) == 0, player.Next());
            await PauseAsync(_plan.Think * (0.5 + random.NextDouble()));
        }
    }

    private async Task OpenLoopAsync(int rate)
    {
        var random = new Random(_plan.Seed);
        var room = new SemaphoreSlim(LoadPlan.MaxUnderWay);
        var underWay = new List<Task>();
        var began = _clock.GetTimestamp();
        for (var sent = 0L; !_stopping.IsCancellationRequested; sent++)
        {
            var early = TimeSpan.FromSeconds(sent / (double)rate) - _clock.GetElapsedTime(began);
            if (early > TimeSpan.FromMilliseconds(2)) await PauseAsync(early);
            await room.WaitAsync();
            var player = _players[random.Next(_players.Count)];
            underWay.Add(SendAsync(player, player.Next(), wait: random.Next(2) == 0));
            if (underWay.Count > 2 * LoadPlan.MaxUnderWay) underWay.RemoveAll(task => task.IsCompletedSuccessfully);
        }
        await Task.WhenAll(underWay);

        async Task SendAsync(LoadPlayer player, IReadOnlyList<Contracts.Actions.HuntAction> actions, bool wait)
        {
            try
            {
                await _client.SendAsync(player.Hunt, player.Subject, wait, [.. actions]);
            }
            finally
            {
                room.Release();
            }
        }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        await Task.Delay(time, _clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

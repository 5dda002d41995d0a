using System.Net;
using System.Text.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Integration.Ingress;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>A trickle of actions on one hunt of every lane, through the real ingress, until it is ended.</summary>
internal sealed class LaneLoad(IngressApp ingress, int lanes) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private int _accepted;

    public async Task StartAsync()
    {
        var hunts = Enumerable.Range(0, lanes).Select(lane => Enumerable.Range(0, int.MaxValue).Select(i => $"load-{i}").First(slug => LaneHash.LaneOf(slug, lanes) == lane)).ToArray();
        var organiser = ingress.Token("org", Role.Organiser);
        var now = TimeProvider.System.GetUtcNow();
        foreach (var hunt in hunts)
        {
            var definition = new HuntDefinition
            {
                Hunt = hunt, Title = hunt, Window = new Window(now.AddMinutes(-1), now.AddHours(1)),
                Treasures = [new Treasure { Id = "t", Title = "t", Clue = "?", Answer = new AnswerRule(["yes"]), Value = new ValueRule { Fixed = 1 } }],
            };
            using var answer = await ingress.SendAsync(HttpMethod.Put, $"/hunts/{hunt}", JsonSerializer.Serialize(definition, Wire.Default.HuntDefinition), organiser);
            Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
            Interlocked.Increment(ref _accepted);
        }
        _running = Task.WhenAll(hunts.Select(PlayAsync));
    }

    /// <summary>Stops, and waits until every accepted action is stored, once.</summary>
    public async Task EndsWholeAsync(HuntOptions options)
    {
        await StopAsync();
        await using var data = NpgsqlDataSource.Create(options.Postgres);
        var stored = 0L;
        for (var i = 0; i < 600 && stored < _accepted; i++, await Task.Delay(100))
        {
            await using var count = data.CreateCommand("select count(*) from hunts.mt_events");
            stored = (long)(await count.ExecuteScalarAsync())!;
        }
        Assert.True(_accepted == stored, $"{_accepted} actions were accepted, {stored} are stored.");
        Assert.True(stored > 10 * lanes, $"Only {stored} actions were played.");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task PlayAsync(string hunt)
    {
        var player = ingress.Token("ann", Role.Player);
        while (!_stopping.IsCancellationRequested)
        {
            var body = WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "t"), ("guess", $"{Guid.CreateVersion7()}"));
            while (true) // as a client does: the same action until it is accepted
            {
                using var answer = await ingress.PostAsync($"/hunts/{hunt}/actions", body, player);
                if (answer.StatusCode == HttpStatusCode.Accepted) break;
                Assert.True(answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.NotFound, await answer.Content.ReadAsStringAsync());
                await Task.Delay(100);
            }
            Interlocked.Increment(ref _accepted);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

using System.Net;
using System.Text.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Integration.Ingress;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>
/// lane.prefetch lowered and raised again over a full lane. What a closed channel held comes back to a processor that may hold less,
/// and the broker puts what is returned a second time behind what still waits of the first.
/// </summary>
public sealed class PrefetchKeepsOrder(Servers servers) : IClassFixture<Servers>
{
    private const string Hunt = "order";
    private const int Actions = 1_000;

    [Fact]
    public async Task Lowered_and_raised_at_once_over_a_full_lane_every_action_is_decided_in_the_order_it_was_accepted()
    {
        var options = servers.Options("ingress-1", lanes: 1);
        await HuntStore.MigrateAsync(options, default);
        await using var ingress = await IngressApp.StartAsync(options);
        ingress.Set(settings => settings with { RateBurst = 10_000, RatePerSecond = 10_000, Pace = TimeSpan.Zero });
        await using var one = await ProcessorApp.StartAsync(options with { Instance = "processor-1", DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName });
        await using var two = await ProcessorApp.StartAsync(options with { Instance = "processor-2", DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName });
        ProcessorApp[] both = [one, two];
        await Eventually.TrueAsync(() => both.All(processor => processor.Service<LaneHost>().IsSubscribed));
        using var published = await ingress.SendAsync(HttpMethod.Put, $"/hunts/{Hunt}", JsonSerializer.Serialize(Published.Definition(Hunt), Wire.Default.HuntDefinition), ingress.Token("org", Role.Organiser));
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);

        Set(lane => lane with { Paused = true });
        var accepted = new List<Guid>();
        for (var i = 0; i < Actions; i++) // one after the other: an envelope each
        {
            var id = Guid.CreateVersion7();
            using var answer = await ingress.PostAsync($"/hunts/{Hunt}/actions", WholeEngine.Action("RegisterTeam", id, ("team", $"team-{i}"), ("name", $"Team {i}")), ingress.Token($"player-{i}", Role.Player));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            accepted.Add(id);
        }

        Set(lane => lane with { Paused = false, BatchCap = 1, Window = 1 }); // a commit for each, so that the lane is full until the last
        await using var data = NpgsqlDataSource.Create(options.Postgres);
        foreach (var prefetch in new[] { 8, 128, 8, 64 })
        {
            Assert.True((await StoredAsync(data)).Count < Actions, $"nothing waited any more when the prefetch became {prefetch}");
            Set(lane => lane with { Prefetch = prefetch });
            await Task.WhenAll(both.Select(processor => processor.Service<LaneHost>().ApplyAsync(processor.Service<LiveSettings>().Current, default)));
        }

        var stored = await StoredAsync(data);
        await Eventually.TrueAsync(() => (stored = StoredAsync(data).GetAwaiter().GetResult()).Count >= Actions, seconds: 30);
        Assert.Equal(accepted, stored);

        void Set(Func<LaneSettings, LaneSettings> change)
        {
            foreach (var processor in both)
            {
                var live = processor.Service<LiveSettings>();
                live.Replace(live.Current with { Lane = change(live.Current.Lane) });
            }
        }
    }

    private static async Task<List<Guid>> StoredAsync(NpgsqlDataSource data)
    {
        await using var command = data.CreateCommand("select (data -> 'stamp' ->> 'actionId')::uuid from hunts.mt_events where stream_id = $1 and version > 1 order by version");
        command.Parameters.AddWithValue($"hunt/{Hunt}");
        await using var rows = await command.ExecuteReaderAsync();
        var ids = new List<Guid>();
        while (await rows.ReadAsync()) ids.Add(rows.GetGuid(0));
        return ids;
    }
}

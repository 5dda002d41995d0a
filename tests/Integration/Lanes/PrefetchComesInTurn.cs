using System.Net;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Integration.Ingress;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>lane.prefetch over lanes that hold what came again, and others that hold nothing.</summary>
public sealed class PrefetchComesInTurn(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task Lanes_that_may_not_leave_yet_keep_no_other_lane_from_its_new_prefetch()
    {
        var options = servers.Options("ingress-1", lanes: 4);
        await HuntStore.MigrateAsync(options, default);
        await using var ingress = await IngressApp.StartAsync(options);
        await using var processor = await ProcessorApp.StartAsync(options with { Instance = "processor-1", DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName });
        var (host, live) = (processor.Service<LaneHost>(), processor.Service<LiveSettings>());
        await Eventually.TrueAsync(() => host.IsSubscribed);
        int[] full = [0, 1];
        string[] hunts = [.. full.Select(lane => Enumerable.Range(0, 1_000).Select(i => $"hunt-{i}").First(hunt => LaneHash.LaneOf(hunt, options.Lanes) == lane))];
        foreach (var hunt in hunts)
        {
            using var published = await ingress.SendAsync(HttpMethod.Put, $"/hunts/{hunt}", JsonSerializer.Serialize(Published.Definition(hunt), Wire.Default.HuntDefinition), ingress.Token("org", Role.Organiser));
            Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        }

        Set(lane => lane with { Paused = true });
        foreach (var hunt in hunts)
        {
            using var accepted = await ingress.PostAsync($"/hunts/{hunt}/actions", WholeEngine.Action("RegisterTeam", Guid.CreateVersion7(), ("team", "ants"), ("name", "Ants")), ingress.Token("ada", Role.Player));
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }
        await Eventually.TrueAsync(() => full.All(lane => host.Workers[lane].Lane.InHand == 1));
        Set(lane => lane with { Prefetch = 8 });
        await host.ApplyAsync(live.Current, default); // all may leave: nobody had these messages before
        await Eventually.TrueAsync(() => full.All(lane => host.Workers[lane].Lane.InHand == 1));

        var moving = host.ReopenAsync(full[0]); // by the plan, say; it may not leave yet
        Assert.True(host.ApplyAsync(live.Current, default).IsCompletedSuccessfully, "A change of something else waits for a lane that is on its way.");

        Set(lane => lane with { Prefetch = 16 });
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
        {
            var waits = await Assert.ThrowsAsync<InvalidOperationException>(() => host.ApplyAsync(live.Current, limit.Token));
            Assert.StartsWith("lane.prefetch = 16 waits in lane 0, 1:", waits.Message, StringComparison.Ordinal);
        }
        Set(lane => lane with { Paused = false });
        await host.ApplyAsync(live.Current, default);
        await moving;

        void Set(Func<LaneSettings, LaneSettings> change) => live.Replace(live.Current with { Lane = change(live.Current.Lane) });
    }
}

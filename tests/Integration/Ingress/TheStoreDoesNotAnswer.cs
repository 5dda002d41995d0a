using System.Net;
using System.Text.Json;
using Npgsql;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.Tests.Integration.Storage;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>A store that hangs: readers are told so, at once when the breaker is open; what was accepted waits and is stored once.</summary>
public sealed class TheStoreDoesNotAnswer(Servers servers) : IClassFixture<Servers>
{
    private static readonly CallPolicy Usual = SettingsSchema.Defaults.Store;

    [Fact]
    public async Task A_reader_gets_503_in_the_time_that_is_set_and_at_once_while_the_breaker_is_open()
    {
        var options = servers.Options("ingress-1", lanes: 2);
        await HuntStore.MigrateAsync(options, default);
        await using var ingress = await IngressApp.StartAsync(options);
        var (store, token) = (ingress.Service<LivePipelines>().Store, ingress.Token("org", Role.Organiser));
        store.Change(Usual with { Attempts = 1, Timeout = TimeSpan.FromMilliseconds(500), BreakDuration = TimeSpan.FromMinutes(1) });
        await using (await LockedTable.LockAsync(options, "hunts.mt_events", "access exclusive"))
        {
            var slow = await Task.WhenAll(Enumerable.Range(0, LivePipeline.BreakerMinAttempts).Select(n => ingress.GetAsync($"/hunts/slow-{n}", token)));
            Assert.All(slow, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
            Assert.All(slow, answer => Assert.NotNull(answer.Headers.RetryAfter));
        }

        // The store is back, but is left alone for a minute more.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ingress.GetAsync("/hunts/at-once", token)).StatusCode);

        // An operator who knows better: other numbers begin anew.
        store.Change(Usual);
        Assert.Equal(HttpStatusCode.NotFound, (await ingress.GetAsync("/hunts/known-again", token)).StatusCode);
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_is_looked_up_and_tried_again_until_it_is_stored_once()
    {
        const string hunt = "stuck";
        var options = servers.Options("ingress-2", lanes: 2);
        await HuntStore.MigrateAsync(options, default);
        await using var processor = await ProcessorApp.StartAsync(options with { Instance = "processor-1" });
        await using var ingress = await IngressApp.StartAsync(options);
        var published = await ingress.SendAsync(HttpMethod.Put, $"/hunts/{hunt}", JsonSerializer.Serialize(Published.Definition(hunt), Wire.Default.HuntDefinition), ingress.Token("org", Role.Organiser));
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        processor.Service<LivePipelines>().Store.Change(Usual with { Timeout = TimeSpan.FromMilliseconds(200), BreakDuration = TimeSpan.FromMilliseconds(500) });
        var (id, metrics) = (Guid.CreateVersion7(), processor.Service<LaneMetrics>());
        var before = metrics.Totals.Committed;

        Task<HttpResponseMessage> answer;
        await using (await LockedTable.LockAsync(options, "hunts.mt_events", "share row exclusive"))
        {
            answer = ingress.PostAsync($"/hunts/{hunt}/actions", WholeEngine.Action("RegisterTeam", id, ("team", "red"), ("name", "Red")), ingress.Token("ada", Role.Player), ("Prefer", "wait=30"));
            await Eventually.TrueAsync(() => metrics.Totals.Retried >= 3, seconds: 30);
            Assert.Equal(before, metrics.Totals.Committed);
            Assert.False(answer.IsCompleted);
        }
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);

        await using var data = NpgsqlDataSource.Create(options.Postgres);
        await using var stored = data.CreateCommand($"select count(*) from hunts.mt_events where stream_id = 'hunt/{hunt}'");
        Assert.Equal(2L, await stored.ExecuteScalarAsync()); // published, registered
        Assert.Equal(before + 1, metrics.Totals.Committed + metrics.Totals.Repeated);
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Benchmarks.Claims;
using TreasureHunt.Tests.Benchmarks.Claims.Lookups;
using TreasureHunt.Tests.Integration.Ingress;

namespace TreasureHunt.Tests.Integration.Bench;

/// <summary>The arms of `hunt bench claims` differ in how often they ask a central place: counted where it is asked.</summary>
public sealed class SettingsOnThePathOfAnAction : IAsyncLifetime
{
    private const int Actions = 100, Sending = 3;

    private readonly Servers _servers = new();
    private HuntOptions _options = null!;
    private WebApplication _central = null!;
    private int _calls;

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        _options = _servers.Options("ingress-1");
        await HuntStore.MigrateAsync(_options, default);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _central = builder.Build();
        _central.Use(next => context =>
        {
            if (HttpMethods.IsGet(context.Request.Method)) Interlocked.Increment(ref _calls);
            return next(context);
        });
        CentralConfigHost.Map(_central, relayTo: null);
        await _central.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _central.StopInTimeAsync();
        await _servers.DisposeAsync();
    }

    [Fact]
    public async Task A_service_asked_per_action_is_asked_once_for_each()
    {
        var (versions, _) = await PlayAsync(ClaimsPlan.ServicePerAction);
        Assert.Equal(1 + Sending * Actions, _calls); // the hunt's own publishing is an action too
        Assert.Equal([1], versions); // and what it answered is what the events were decided under
    }

    [Fact]
    public async Task A_service_asked_per_batch_is_asked_once_for_each()
    {
        await PlayAsync(ClaimsPlan.ServicePerBatch);
        Assert.Equal(1 + Sending, _calls);
    }

    [Fact]
    public async Task A_service_cached_for_a_second_is_asked_once_a_second()
    {
        var (_, took) = await PlayAsync(ClaimsPlan.ServiceCached);
        Assert.InRange(_calls, 1, 1 + (int)took.TotalSeconds);
    }

    [Theory]
    [InlineData(ClaimsPlan.Ours)]
    [InlineData(ClaimsPlan.Constants)]
    public async Task Ours_and_constants_ask_nobody(string arm)
    {
        var (versions, _) = await PlayAsync(arm);
        Assert.Equal(0, _calls);
        Assert.Equal([0], versions);
    }

    [Fact]
    public async Task A_service_that_fails_is_asked_again_until_it_answers_and_no_action_is_lost()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_central.Urls.First()) };
        using var told = await http.PutAsync(CentralConfigHost.FaultsPath, new StringContent("""{"delayMs":0,"failShare":0.2}""", null, "application/json"));
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        await PlayAsync(ClaimsPlan.ServicePerAction);
        Assert.InRange(_calls, Sending * Actions * 1.05, Sending * Actions * 2);
    }

    /// <summary>Sends arrays of actions, each of which travels as one envelope, and waits until all are stored.</summary>
    /// <returns>the settings versions that the events name, and the time from the first send</returns>
    private async Task<(IReadOnlyList<long> Versions, TimeSpan Took)> PlayAsync(string arm)
    {
        await using var ingress = await IngressApp.StartAsync(_options);
        ingress.Set(settings => settings with { RateBurst = 100_000, RatePerSecond = 100_000 });
        var builder = Configured.Builder(_options with { Instance = "processor-1" });
        var options = builder.AddServiceDefaults("processors");
        ClaimsHost.AddSettings(builder, new Source(arm, _central.Urls.First()));
        builder.AddLanes(options);
        await using var processor = builder.Build();
        await processor.StartAsync();

        var started = TimeProvider.System.GetTimestamp();
        await PublishAsync(ingress);
        var player = ingress.Token("ann", Role.Player);
        for (var sent = 0; sent < Sending; sent++)
        {
            var actions = Enumerable.Range(0, Actions).Select(_ => WholeEngine.Action("SubmitAnswer", Guid.CreateVersion7(), ("treasure", "t"), ("guess", $"{Guid.CreateVersion7()}")));
            using var answer = await ingress.PostAsync("/hunts/claims/actions", $"[{string.Join(',', actions)}]", player, ("Prefer", "wait=10"));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        }
        var took = TimeProvider.System.GetElapsedTime(started);
        await processor.StopInTimeAsync();

        await using var data = NpgsqlDataSource.Create(_options.Postgres);
        await using var stored = data.CreateCommand("select (data->'stamp'->>'settingsVersion')::bigint, count(*) from hunts.mt_events group by 1 order by 1");
        await using var rows = await stored.ExecuteReaderAsync();
        var (versions, events) = (new List<long>(), 0L);
        while (await rows.ReadAsync())
        {
            versions.Add(rows.GetInt64(0));
            events += rows.GetInt64(1);
        }
        Assert.Equal(1 + Sending * Actions, events);
        return (versions, took);
    }

    private static async Task PublishAsync(IngressApp ingress)
    {
        var now = TimeProvider.System.GetUtcNow();
        var definition = new HuntDefinition
        {
            Hunt = "claims", Title = "claims", Window = new Window(now.AddMinutes(-1), now.AddHours(1)),
            Treasures = [new Treasure { Id = "t", Title = "t", Clue = "?", Answer = new AnswerRule(["yes"]), Value = new ValueRule { Fixed = 1 } }],
        };
        using var answer = await ingress.SendAsync(
            HttpMethod.Put, "/hunts/claims", JsonSerializer.Serialize(definition, Wire.Default.HuntDefinition), ingress.Token("org", Role.Organiser), ("Prefer", "wait=10"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}

using System.Net;
using System.Text.Json;
using TreasureHunt.ConfigService.Lanes;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.Tests.Integration.Ingress;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>Two processors under load, a ConfigService, four lanes. Judged by what the processors report of themselves.</summary>
public sealed class LanesFollowThePlan : IAsyncLifetime
{
    private const int Lanes = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Servers _servers = new();
    private HuntOptions _options = null!;
    private ConfigServiceProcess _config = null!;
    private IngressApp _ingress = null!;
    private LaneLoad _load = null!;

    public async Task InitializeAsync()
    {
        await _servers.InitializeAsync();
        _options = _servers.Options("ingress-1", Lanes);
        await HuntStore.MigrateAsync(_options, default);
        _config = await ConfigServiceProcess.StartAsync(_options with { Instance = "config-1" });
        _ingress = await IngressApp.StartAsync(_options);
        _ingress.Set(settings => settings with { RateBurst = 100_000, RatePerSecond = 100_000 });
        _load = new LaneLoad(_ingress, Lanes);
    }

    public async Task DisposeAsync()
    {
        await _load.DisposeAsync();
        await _ingress.DisposeAsync();
        await _config.DisposeAsync();
        await _servers.DisposeAsync();
    }

    [Fact]
    public async Task A_plan_written_by_hand_moves_every_lane_once_and_a_plan_for_the_absent_moves_none()
    {
        await SetAsync("""{"changes":{"lane.balance":false,"lane.plan":"processor-1:0,1 processor-2:2,3"},"why":"by hand"}""");
        await using var one = await ProcessorAsync("processor-1", weight: 1);
        await using var two = await ProcessorAsync("processor-2", weight: 1);
        await _load.StartAsync();
        await OwnedAsync("processor-1", "processor-1", "processor-2", "processor-2");

        const string swap = """{"changes":{"lane.plan":"processor-2:0,1 processor-1:3,2"},"why":"the other way round"}""";
        var version = await SetAsync(swap);
        await OwnedAsync("processor-2", "processor-2", "processor-1", "processor-1");

        Assert.Equal(version, await SetAsync(swap));
        await StayAsync(TimeSpan.FromSeconds(3), view => Assert.Equal(["processor-2", "processor-2", "processor-1", "processor-1"], view.Lanes.Select(lane => Assert.Single(lane.Owners))));

        await SetAsync("""{"changes":{"lane.plan":"processor-9:0,1,2,3"},"why":"it is not there"}""");
        await StayAsync(TimeSpan.FromSeconds(4), view => Assert.Equal(["processor-2", "processor-2", "processor-1", "processor-1"], view.Lanes.Select(lane => Assert.Single(lane.Owners))));

        await SetAsync("""{"changes":{"lane.plan":"none"},"why":"anybody's"}""");
        await EndsWholeAsync();
    }

    [Fact]
    public async Task The_planner_shares_lanes_by_weight_as_processors_come_and_go_and_two_ConfigServices_do_not_fight()
    {
        await using var other = await ConfigServiceProcess.StartAsync(_config.Options with { Instance = "config-2" });
        await using var small = await ProcessorAsync("processor-1", weight: 1);
        await _load.StartAsync();
        await OwnedAsync("processor-1", "processor-1", "processor-1", "processor-1");
        await using (var large = await ProcessorAsync("processor-2", weight: 3))
        {
            await OwnedAsync("processor-1", "processor-2", "processor-2", "processor-2");
            var view = await ViewAsync();
            Assert.Equal([("processor-1", 1, 1), ("processor-2", 3, 3)], view.Processors.Select(processor => (processor.Instance, processor.Weight, processor.Planned)));
        }
        await OwnedAsync("processor-1", "processor-1", "processor-1", "processor-1");

        await Task.Delay(2_000);
        var changes = (await _config.GetAsync("/settings/history?limit=100", Wire.Default.SettingsHistory)).Changes;
        Assert.All(changes, change => Assert.Equal((LanePlanKeeper.Who, "lane.plan"), (change.Who, Assert.Single(change.Items).Key)));
        Assert.Equal(
            ["processor-1 joined (weight 1): lanes 0, 1, 2, 3 to processor-1", "processor-2 joined (weight 3): lanes 1, 2, 3 to processor-2", "processor-2 left: lanes 1, 2, 3 to processor-1"],
            changes.Select(change => change.Why));
        Assert.Equal((await ViewAsync()).Plan, (await other.GetAsync("/lanes", Wire.Default.LanesView)).Plan);
        await EndsWholeAsync();
    }

    private Task<ProcessorApp> ProcessorAsync(string instance, int weight) =>
        ProcessorApp.StartAsync(_options with { Instance = instance, Weight = weight, DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName });

    private async Task EndsWholeAsync()
    {
        try
        {
            await _load.EndsWholeAsync(_options);
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message} {JsonSerializer.Serialize(await ViewAsync(), Wire.Default.LanesView)}");
        }
    }

    private Task<LanesView> ViewAsync() => _config.GetAsync("/lanes", Wire.Default.LanesView);

    private async Task<long> SetAsync(string body)
    {
        using var answer = await _config.SendAsync(HttpMethod.Patch, "/settings", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize(text, Wire.Default.SettingsChanged)!.Version;
    }

    /// <summary>Waits until each lane is worked by exactly these, as planned.</summary>
    private async Task OwnedAsync(params string[] owners)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var view = await ViewAsync();
            if (view.InStep && view.Lanes.Select(lane => lane.Planned).SequenceEqual(owners) && view.Lanes.Select(lane => string.Join('+', lane.Owners)).SequenceEqual(owners)) return;
            Assert.True(clock.Elapsed < Limit, $"After {Limit}: {JsonSerializer.Serialize(view, Wire.Default.LanesView)}");
            await Task.Delay(100);
        }
    }

    private async Task StayAsync(TimeSpan time, Action<LanesView> check)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); clock.Elapsed < time; await Task.Delay(200)) check(await ViewAsync());
    }
}

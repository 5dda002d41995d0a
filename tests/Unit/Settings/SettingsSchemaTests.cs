using CsCheck;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsSchemaTests
{
    [Fact]
    public void The_defaults_are_the_ones_agreed_on()
    {
        var defaults = SettingsSchema.Defaults;
        Assert.Equal(new LaneSettings(2, 1024, 16, TimeSpan.FromMilliseconds(3), false, 16, LanePlan.None, true), defaults.Lane);
        Assert.Equal(256, defaults.Intake.Prefetch);
        Assert.Equal(new IngressSettings(50_000, 50, 200, Ms(10), 5_000, 50, 1_000), defaults.Ingress);
        Assert.Equal(5000, defaults.Checkpoint.Every);
        Assert.Equal("information", defaults.Log.Level);
        Assert.Equal(new CallPolicy(3, Ms(50), Ms(1000), Ms(2000), 50, Ms(1000), 20), defaults.Broker);
        Assert.Equal(new CallPolicy(5, Ms(100), Ms(2000), Ms(2000), 90, Ms(5000), 20), defaults.Config);
        Assert.Equal(new CallPolicy(3, Ms(20), Ms(1000), Ms(10_000), 50, Ms(1000), 20), defaults.Store);
        Assert.Equal(0, defaults.Version);

        static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
    }

    [Fact]
    public void Every_setting_is_listed_once_accepts_its_default_and_says_what_it_does_costs_and_shows()
    {
        var declared = typeof(SettingsSchema).GetFields().Select(field => field.GetValue(null))
            .SelectMany(value => value is CallPolicySettings policy ? policy.All : value is Setting setting ? [setting] : []).ToHashSet();
        Assert.Equal(declared, SettingsSchema.All.ToHashSet());
        Assert.Equal(SettingsSchema.All.Select(setting => setting.Key).Order(StringComparer.Ordinal), SettingsSchema.All.Select(setting => setting.Key));
        Assert.All(SettingsSchema.All, setting =>
        {
            Assert.True(setting.TryAccept(setting.Default, out var canonical, out _));
            Assert.Equal(setting.Default, canonical);
            Assert.All([setting.Summary, setting.Cost, setting.Metric], text => Assert.NotEmpty(text));
        });
    }

    [Fact]
    public void Every_member_of_the_snapshot_comes_from_a_setting_of_its_own()
    {
        // Each setting moved off its default changes exactly one value of the snapshot, and no two change the same.
        var moved = new Dictionary<string, string>
        {
            ["lane.paused"] = "true", ["log.level"] = "fatal", ["lane.pace"] = "7", ["ingress.pace"] = "7",
            ["broker.breakDuration"] = "1101", ["config.breakDuration"] = "1101", ["store.breakDuration"] = "1101",
            ["lane.plan"] = "processor-1:0", ["lane.balance"] = "false",
        };
        var seen = SettingsSchema.All.Select(setting =>
        {
            var value = new SettingValue(moved.GetValueOrDefault(setting.Key, "101"));
            if (setting is WholeNumberSetting { Max: < 101 } number) value = SettingValue.Of(number.Max);
            var (snapshot, errors) = SettingsSchema.Resolve(0, SettingsSchema.DefaultValues.With(SettingsScope.Fleet, setting.Key, value), new SettingsSubject("processors", "p-1"));
            Assert.Empty(errors);
            return snapshot!.ToString();
        }).ToList();
        Assert.Equal(SettingsSchema.All.Count, seen.Distinct().Count());
        Assert.DoesNotContain(SettingsSchema.Defaults.ToString(), seen);
    }

    [Theory]
    [InlineData("lane.batchCap", "64", "64")]
    [InlineData("lane.batchCap", " 64 ", "64")]
    [InlineData("lane.batchCap", "+64", "64")]
    [InlineData("lane.pace", "5ms", "5")]
    [InlineData("lane.pace", "0 MS", "0")]
    [InlineData("lane.pace", "10", "10")]
    [InlineData("lane.paused", "TRUE", "true")]
    [InlineData("log.level", "Warning", "warning")]
    [InlineData("lane.concurrency", "0", "0")]
    [InlineData("lane.plan", "", "none")]
    [InlineData("lane.plan", " NONE ", "none")]
    [InlineData("lane.plan", "processor-2:3,1  processor-1:2,0", "processor-1:0,2 processor-2:1,3")]
    public void A_value_is_kept_in_one_form_however_it_is_written(string key, string asked, string canonical)
    {
        Assert.True(SettingsSchema.Find(key)!.TryAccept(new SettingValue(asked), out var value, out _));
        Assert.Equal(canonical, value.Text);
    }

    [Theory]
    [InlineData("lane.batchCap", "0", "1")]
    [InlineData("lane.batchCap", "5000", "4096")]
    [InlineData("lane.batchCap", "-7", "1")]
    [InlineData("lane.batchCap", "1e9", "4096")]
    [InlineData("lane.batchCap", "63.6", "64")]
    [InlineData("lane.batchCap", "99999999999999999999999999", "4096")]
    [InlineData("lane.batchCap", "many", "1024")]
    [InlineData("lane.batchCap", "", "1024")]
    [InlineData("lane.pace", "50ms", "10")]
    [InlineData("lane.pace", "5s", "3")]
    [InlineData("lane.paused", "on", "true")]
    [InlineData("lane.paused", "perhaps", "false")]
    [InlineData("log.level", "warn", "warning")]
    [InlineData("log.level", "zzz", "information")]
    [InlineData("lane.plan", "processor-1:0,1 processor-2:1", "none")]
    [InlineData("lane.plan", "processor-1:0 processor-1:1", "none")]
    [InlineData("lane.plan", "processor-1:", "none")]
    [InlineData("lane.plan", "processor-1:256", "none")]
    [InlineData("lane.plan", "Processor 1", "none")]
    public void A_bad_value_is_refused_with_the_key_the_range_and_the_nearest_valid_value(string key, string asked, string nearest)
    {
        var setting = SettingsSchema.Find(key)!;
        Assert.False(setting.TryAccept(new SettingValue(asked), out _, out var error));
        Assert.Equal(nearest, error!.Nearest);
        Assert.Contains(key, error.Message);
        Assert.Contains(setting.Range, error.Message);
        Assert.Contains(nearest, error.Message);
    }

    [Theory]
    [InlineData("lane.batchcap", "lane.batchCap")]
    [InlineData("lane.prefetsh", "lane.prefetch")]
    [InlineData("batchCap", "lane.batchCap")]
    [InlineData("", null)]
    [InlineData("completely.something.else.entirely", null)]
    public void An_unknown_key_is_answered_with_the_one_that_was_meant(string key, string? meant)
    {
        var error = SettingsSchema.Unknown(key);
        Assert.Equal(meant, error.Nearest);
        if (meant is not null) Assert.Contains(meant, error.Message);
    }

    [Fact]
    public void Any_text_is_either_accepted_in_a_form_that_is_accepted_again_or_refused_with_a_nearest_value_that_is()
    {
        var texts = Gen.OneOf(
            Gen.String[0, 200], Gen.Int.Select(number => number.ToString()), Gen.Double.Select(number => number.ToString("R")),
            Gen.Int[-5, 300].Select(number => number + "ms"));
        Gen.Select(SettingsStreams.OneOf(SettingsSchema.All.ToArray()), texts).Sample((setting, text) =>
        {
            if (setting.TryAccept(new SettingValue(text), out var canonical, out var error))
                return setting.TryAccept(canonical, out var again, out _) && again == canonical && error is null;
            return setting.TryAccept(new SettingValue(error!.Nearest!), out _, out _) && error.Message.Length < 400;
        }, iter: 20_000);
    }

    [Fact]
    public void One_bad_value_refuses_the_whole_snapshot()
    {
        var values = SettingsSchema.DefaultValues
            .With(SettingsScope.Fleet, "lane.batchCap", SettingValue.Of(64))
            .With(SettingsScope.Fleet, "lane.window", SettingValue.Of(9999));
        var (snapshot, errors) = SettingsSchema.Resolve(3, values, new SettingsSubject("processors", "p-1"));
        Assert.Null(snapshot);
        Assert.Equal("lane.window", Assert.Single(errors).Key);
    }

    [Fact]
    public void A_key_this_release_does_not_know_is_not_read()
    {
        var (snapshot, _) = SettingsSchema.Resolve(1, SettingsValues.None.With(SettingsScope.Fleet, "lane.fromTheFuture", SettingValue.Of(1)), new SettingsSubject("processors", "p-1"));
        Assert.Equal(SettingsSchema.Defaults with { Version = 1 }, snapshot);
    }
}

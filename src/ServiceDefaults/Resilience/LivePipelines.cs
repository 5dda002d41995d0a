using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.ServiceDefaults.Settings;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.ServiceDefaults.Resilience;

/// <summary>The ways out of a process, one for each server it calls. Their numbers are live settings; this is their governor.</summary>
public sealed class LivePipelines
{
    private readonly (LivePipeline Pipeline, CallPolicySettings Settings, Func<Contracts.Settings.Settings, CallPolicy> Policy)[] _all;

    public LivePipelines(LiveSettings live, TimeProvider time)
    {
        var now = live.Current;
        Broker = Make("broker", settings => settings.Broker, new CallFailures(BrokerFailures.IsItsFault, RetriesTimeouts: false));
        Config = Make("config", settings => settings.Config, new CallFailures(e => e is HttpRequestException or JsonException));
        Store = Make("store", settings => settings.Store, new CallFailures(StoreFailures.IsItsFault));
        _all =
        [
            (Broker, SettingsSchema.Broker, settings => settings.Broker),
            (Config, SettingsSchema.Config, settings => settings.Config),
            (Store, SettingsSchema.Store, settings => settings.Store),
        ];

        // A process starts whatever its file says; the receipt names what is wrong.
        LivePipeline Make(string name, Func<Contracts.Settings.Settings, CallPolicy> policy, CallFailures failures)
        {
            try
            {
                return new LivePipeline(name, policy(now), failures, time);
            }
            catch (ArgumentException)
            {
                return new LivePipeline(name, policy(SettingsSchema.Defaults), failures, time);
            }
        }
    }

    /// <summary>Messages: lanes, outcomes, facts, announcements, receipts.</summary>
    public LivePipeline Broker { get; }

    /// <summary>Settings that were missed, over HTTP.</summary>
    public LivePipeline Config { get; }

    /// <summary>Statements.</summary>
    public LivePipeline Store { get; }

    /// <summary>A settings governor: each pipeline for itself, so that a bad one keeps no good one back.</summary>
    /// <exception cref="InvalidOperationException">a pipeline stays as it was, and why</exception>
    public Task<IReadOnlyDictionary<string, SettingValue>> ApplyAsync(Contracts.Settings.Settings snapshot, CancellationToken cancel)
    {
        var problems = new List<string>();
        foreach (var (pipeline, _, policy) in _all)
        {
            try
            {
                pipeline.Change(policy(snapshot));
            }
            catch (ArgumentException e)
            {
                problems.Add(e.Message);
            }
        }
        if (problems.Count > 0) throw new InvalidOperationException(string.Join(" ", problems));
        return Task.FromResult<IReadOnlyDictionary<string, SettingValue>>(
            _all.SelectMany(each => each.Settings.ValuesOf(each.Pipeline.Policy)).ToDictionary(value => value.Key, value => value.Value));
    }

    internal static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<LivePipelines>();
        services.AddSingleton(provider => new StoreCalls(provider.GetRequiredService<LivePipelines>().Store));
        services.AddSingleton<SettingsGovernor>(provider => provider.GetRequiredService<LivePipelines>().ApplyAsync);
    }
}

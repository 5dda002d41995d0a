using System.Collections.Concurrent;
using System.Collections.Frozen;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>What it costs to read one whole number: from our snapshot, and from what .NET programs read their settings from otherwise.</summary>
public class SettingsReads
{
    /// <summary>Reads in a row, so that the loop's own cost can be taken off.</summary>
    private const int Reads = 4096;

    private const string Key = "lane:batchCap";

    private readonly LiveSettings _live = new(Contracts.Settings.SettingsSchema.Defaults);
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection([new(Key, "1024")]).Build();
    private readonly ConcurrentDictionary<string, int> _concurrent = new([new(Key, 1024)]);
    private readonly FrozenDictionary<string, int> _frozen = new Dictionary<string, int> { [Key] = 1024 }.ToFrozenDictionary();
    private readonly Lock _lock = new();
    private IOptionsMonitor<LaneOptions> _monitor = null!;
    private IServiceProvider _provider = null!;
    private volatile int _local = 1024;

    [GlobalSetup]
    public void Setup()
    {
        _provider = new ServiceCollection().Configure<LaneOptions>(_configuration.GetSection("lane")).BuildServiceProvider();
        _monitor = _provider.GetRequiredService<IOptionsMonitor<LaneOptions>>();
    }

    /// <summary>Reads nothing from memory; each step needs the one before and takes a cycle, so that no compiler makes less of it.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Reads)]
    public int EmptyLoop()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum ^= i;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "a volatile field of its own object")]
    public int OwnField()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _local;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "our snapshot: LiveSettings.Current.Lane.BatchCap")]
    public int Snapshot()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _live.Current.Lane.BatchCap;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "FrozenDictionary by key")]
    public int Frozen()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _frozen[Key];
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "ConcurrentDictionary by key")]
    public int Concurrent()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _concurrent[Key];
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "under a lock")]
    public int Locked()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++)
            lock (_lock) sum += _local;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "IOptionsMonitor.CurrentValue")]
    public int Monitor()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _monitor.CurrentValue.BatchCap;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "IConfiguration.GetValue<int>")]
    public int Configuration()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++) sum += _configuration.GetValue<int>(Key);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Reads, Description = "IOptionsSnapshot in a new scope")]
    public int OptionsSnapshot()
    {
        var sum = 0;
        for (var i = 0; i < Reads; i++)
        {
            using var scope = _provider.CreateScope();
            sum += scope.ServiceProvider.GetRequiredService<IOptionsSnapshot<LaneOptions>>().Value.BatchCap;
        }
        return sum;
    }

    public static IReadOnlyList<ReadCost> Run(bool brief) =>
        [.. MicroBenchmark.Run<SettingsReads>(brief).Select(cost => new ReadCost(cost.Name, cost.Nanoseconds, cost.Bytes))];

    public sealed class LaneOptions
    {
        public int BatchCap { get; set; }
    }
}

/// <param name="Nanoseconds">per read, the loop's own included</param>
/// <param name="Bytes">allocated per read</param>
public sealed record ReadCost(string Way, double Nanoseconds, double Bytes);

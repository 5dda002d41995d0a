using System.Diagnostics;
using System.Security.Cryptography;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>A fixed piece of work, timed before each run: how fast the machine was just then, whoever else was on it.</summary>
public static class Calibration
{
    private const int Rounds = 3_000, BlockBytes = 64 * 1024;

    /// <returns>milliseconds for some 190 MB of SHA-256 on one thread</returns>
    public static double Milliseconds()
    {
        var block = new byte[BlockBytes];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Rounds; i++) SHA256.HashData(block, block.AsSpan(0, SHA256.HashSizeInBytes));
        return clock.Elapsed.TotalMilliseconds;
    }
}

using System.Globalization;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>When the requests of an open loop are due: evenly, or in the bursts of a recorded hour. Immutable.</summary>
public sealed class Arrivals
{
    private readonly double[] _gaps; // seconds before each arrival, over and over

    private Arrivals(double rate, double[] gaps) => (Rate, _gaps) = (rate, gaps);

    /// <summary>Requests per second on average.</summary>
    public double Rate { get; }

    /// <param name="file">null: evenly</param>
    /// <exception cref="CommandFailed">the file has no times, or they do not rise</exception>
    public static Arrivals Of(string? file, double rate) => file is null ? Even(rate) : Replayed(file, rate);

    public static Arrivals Even(double rate) => new(rate, [1 / rate]);

    /// <summary>The gaps between the times of a file, in its order, shortened alike until they come at this rate.</summary>
    /// <param name="file">comma-separated with a heading; the first column is the time, as in the Azure traces</param>
    /// <exception cref="CommandFailed">the file has no times, or they do not rise</exception>
    public static Arrivals Replayed(string file, double rate)
    {
        double[] gaps;
        try
        {
            var times = File.ReadLines(file).Skip(1).Where(line => line.Length > 0)
                .Select(line => DateTime.Parse(line.AsSpan(0, line.IndexOf(',')), CultureInfo.InvariantCulture)).ToList();
            gaps = [.. times.Skip(1).Zip(times, (later, earlier) => (later - earlier).TotalSeconds)];
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or FormatException or ArgumentOutOfRangeException)
        {
            throw new CommandFailed(ExitCode.Usage, $"{file} is no list of arrivals: {wrong.Message}", wrong);
        }
        if (gaps.Length == 0 || gaps.Any(gap => gap < 0) || gaps.Sum() <= 0) throw new CommandFailed(ExitCode.Usage, $"{file}: the times do not rise.");
        var shorter = gaps.Length / (rate * gaps.Sum());
        return new Arrivals(rate, Array.ConvertAll(gaps, gap => gap * shorter));
    }

    /// <summary>Seconds from the start at which each of the requests is due.</summary>
    public double[] Due(int requests)
    {
        var due = new double[requests];
        for (var i = 1; i < requests; i++) due[i] = due[i - 1] + _gaps[(i - 1) % _gaps.Length];
        return due;
    }
}

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>
/// Actions sent and not answered, looked at along an open loop: does their number grow? The slope is that of least squares over the looks of the last two
/// thirds, the first being the arm's to find its pace.
/// </summary>
public sealed class Backlog(int actions, double rate)
{
    private const int Looks = 300;

    private readonly int _every = Math.Max(1, actions / Looks);
    private readonly List<(double At, double Waiting)> _looks = new(Looks + 1);
    private int _answered;

    /// <summary>Any thread.</summary>
    public void Answered() => Interlocked.Increment(ref _answered);

    /// <summary>The sending thread, after each action.</summary>
    /// <param name="number">of the action, from 0</param>
    public void Sent(int number)
    {
        if (number % _every == 0) _looks.Add((number / rate, number + 1 - Volatile.Read(ref _answered)));
    }

    /// <summary>Actions by which it grew per action sent; 1: nothing was answered.</summary>
    public double Growth
    {
        get
        {
            var last = _looks.Skip(_looks.Count / 3).ToList();
            if (last.Count < 2) return 0;
            var (at, waiting) = (last.Average(look => look.At), last.Average(look => look.Waiting));
            var (together, alone) = (last.Sum(look => (look.At - at) * (look.Waiting - waiting)), last.Sum(look => (look.At - at) * (look.At - at)));
            return together / alone / rate;
        }
    }
}

using System.Diagnostics;

namespace TreasureHunt.Cli.Servers;

/// <summary>Finds and runs other programs of the machine.</summary>
public static class Programs
{
    /// <summary>PATH, and where systems keep programs for root.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"])
            .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public static string Need(string name) =>
        Find(name) ?? throw new InvalidOperationException($"The program '{name}' is missing; install it (on Debian it is in every base system).");

    /// <summary>Runs to its end and collects what it says. Never reads our standard input.</summary>
    /// <param name="limit">after this time it is killed and the exit code is -1</param>
    public static async Task<ProgramResult> RunAsync(
        string file, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancel = default,
        IEnumerable<KeyValuePair<string, string>>? environment = null, string? folder = null, Action<string>? onLine = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder ?? "/",
        };
        foreach (var (name, value) in environment ?? []) info.Environment[name] = value;
        using var process = new Process { StartInfo = info };
        var said = new List<string>(); // both streams end up here, guarded by itself
        void Collect(string? line)
        {
            if (line is null) return;
            lock (said) said.Add(line);
            onLine?.Invoke(line);
        }
        process.OutputDataReceived += (_, e) => Collect(e.Data);
        process.ErrorDataReceived += (_, e) => Collect(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        bounded.CancelAfter(limit);
        try
        {
            await process.WaitForExitAsync(bounded.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancel.ThrowIfCancellationRequested();
            lock (said) return new ProgramResult(-1, string.Join('\n', said.Append($"(no answer within {limit.TotalSeconds:0} s)")));
        }
        lock (said) return new ProgramResult(process.ExitCode, string.Join('\n', said));
    }
}

public sealed record ProgramResult(int ExitCode, string Said)
{
    public bool Ok => ExitCode == 0;
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>What ./hunt said and how it ended.</summary>
/// <param name="Said">standard output: what was asked for</param>
/// <param name="Noted">standard error: what is wrong</param>
internal sealed record TypedCommand(string Typed, ExitCode Code, string Said, string Noted)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly Uri Nobody = new("http://127.0.0.1:9");

    /// <summary>A process of its own, as an operator would start it; it finds ConfigService by its environment.</summary>
    /// <param name="who">HUNT_USER</param>
    /// <param name="words">what follows ./hunt</param>
    public static Task<TypedCommand> RunAsync(HuntOptions options, string who, params string[] words) => RunAsync(options, Nobody, who, words);

    /// <param name="ingress">it finds this one too</param>
    public static async Task<TypedCommand> RunAsync(HuntOptions options, Uri ingress, string who, params string[] words)
    {
        using var process = Start(options, ingress, who, words);
        var (said, noted) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }
        return new TypedCommand(string.Join(' ', words), (ExitCode)process.ExitCode, await said, await noted);
    }

    /// <summary>The process, with its output to be read by whoever started it.</summary>
    /// <inheritdoc cref="RunAsync(HuntOptions, string, string[])"/>
    public static Process Start(HuntOptions options, string who, params string[] words) => Start(options, Nobody, who, words);

    private static Process Start(HuntOptions options, Uri ingress, string who, string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "hunt-cli.dll"), .. words])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = options.DataDir, // no repository, no box
            Environment =
            {
                ["HUNT_INGRESS"] = ingress.ToString(),
                ["HUNT_CONFIG"] = (options.ConfigService ?? Nobody).ToString(),
                ["Hunt__TokenKey"] = Convert.ToBase64String(options.TokenKey),
                ["HUNT_USER"] = who,
            },
        };
        return Process.Start(start)!;
    }

    /// <summary>The line that begins with a word, a row of a table.</summary>
    public string Line(string begins) => Assert.Single(Said.Split('\n'), line => line.StartsWith(begins, StringComparison.Ordinal)).TrimEnd();

    /// <summary>It ended so, and this was said.</summary>
    public TypedCommand Ends(ExitCode code, params string[] says)
    {
        Assert.True(Code == code, $"{this}");
        Assert.All(says, text => Assert.True((Said + Noted).Contains(text, StringComparison.Ordinal), $"'{text}' is not said. {this}"));
        return this;
    }

    /// <summary>What --json printed, as what the contract says it is.</summary>
    public T Read<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(Ends(ExitCode.Ok).Said, type)!;

    public override string ToString() => $"hunt {Typed} ended with {(int)Code}:\n{Said}\n{Noted}";
}

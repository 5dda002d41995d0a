namespace TreasureHunt.Cli.Frame;

/// <summary>What the process answers its caller. Scripts rely on these numbers.</summary>
public enum ExitCode
{
    Ok = 0,

    /// <summary>It was tried and failed, or was refused.</summary>
    Failed = 1,

    /// <summary>The command line or the input file is wrong.</summary>
    Usage = 2,

    /// <summary>PostgreSQL, RabbitMQ or the box the command needs is not there.</summary>
    NotProvisioned = 3,

    /// <summary>Two results that must be equal differ.</summary>
    Different = 4,

    /// <summary>Ctrl-C.</summary>
    Cancelled = 130,
}

public static class ExitCodes
{
    public const string Help =
        """
        Exit codes:
          0    done
          1    failed or refused; the message says why
          2    wrong command line or input file
          3    not provisioned: no box runs, or PostgreSQL and RabbitMQ cannot be had
          4    a comparison differs (contest replay, verification)
          130  interrupted
        """;
}

/// <summary>Ends a command with a message for people and a code for scripts.</summary>
public class CommandFailed(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;
}

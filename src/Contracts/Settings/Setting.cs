using System.Globalization;
using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Settings;

/// <summary>How a new value comes into force in a running process.</summary>
[JsonConverter(typeof(SettingApplyConverter))]
public enum SettingApply
{
    /// <summary>With the next read: one volatile swap.</summary>
    AtOnce,
    /// <summary>By a second consumer on the same channel; nothing is redelivered.</summary>
    HandOver,
    /// <summary>Lane by lane, by closing and opening the channel; order is kept, the lane may move.</summary>
    ReOpen,
}

public sealed class SettingApplyConverter()
    : JsonStringEnumConverter<SettingApply>(System.Text.Json.JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>Why a value is not acceptable, and what would be.</summary>
/// <param name="Key">the setting, or the scope, the error is about</param>
/// <param name="Message">one sentence with the key, the range and the nearest acceptable value</param>
/// <param name="Nearest">nearest acceptable value, or the nearest known key when the key is unknown</param>
public sealed record SettingError(string Key, string Message, string? Nearest = null);

/// <summary>Definition of one setting: everything that validation, help, docs and the HTTP contract need to know of it.</summary>
public abstract record Setting
{
    private protected Setting() { }

    public required string Key { get; init; }
    public required SettingValue Default { get; init; }

    /// <summary>What it does, one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>What more of it costs.</summary>
    public required string Cost { get; init; }

    /// <summary>The metric that shows its effect.</summary>
    public required string Metric { get; init; }

    /// <summary>A wrong value can stop or flood the engine.</summary>
    public bool Dangerous { get; init; }

    /// <summary>It is about the fleet as a whole: no narrower scope may have a value of its own.</summary>
    public bool FleetOnly { get; init; }
    public SettingApply Apply { get; init; }
    public string Unit { get; init; } = "";

    /// <summary>whole number, milliseconds, flag, word or lane plan.</summary>
    public abstract string Type { get; }

    /// <summary>What is acceptable, as people read it: "1 to 4096 actions".</summary>
    public abstract string Range { get; }

    /// <summary>The value in the one form that is stored and sent; null when it is not acceptable.</summary>
    private protected abstract SettingValue? Canonical(string text);

    /// <summary>The acceptable value nearest to one that is not.</summary>
    private protected abstract SettingValue NearestTo(string text);

    public bool TryAccept(SettingValue asked, out SettingValue canonical, out SettingError? error)
    {
        var text = asked.ToString().Trim();
        if (text.Length <= MaxLength && Canonical(text) is { } accepted)
        {
            (canonical, error) = (accepted, null);
            return true;
        }
        var nearest = NearestTo(text).Text;
        var shown = text.Length <= MaxCharacters ? text : text[..MaxCharacters] + "…";
        canonical = default;
        error = new SettingError(Key, $"{Key} must be {Range}; '{shown}' is not. The nearest valid value is {nearest}.", nearest);
        return false;
    }

    /// <summary>Characters of a value that are shown, and unless the setting says otherwise accepted, at most.</summary>
    public const int MaxCharacters = 64;

    public virtual int MaxLength => MaxCharacters;
}

public abstract record Setting<T> : Setting
{
    private protected Setting() { }

    /// <param name="canonical">a value accepted by <see cref="Setting.TryAccept"/></param>
    internal abstract T Read(SettingValue canonical);
}

/// <param name="Min">smallest value, in <see cref="Setting.Unit"/></param>
/// <param name="Max">largest value, in <see cref="Setting.Unit"/></param>
public sealed record WholeNumberSetting(int Min, int Max) : Setting<int>
{
    public override string Type => "whole number";
    public override string Range => $"a whole number from {Min} to {Max}{(Unit.Length > 0 ? " " + Unit : "")}";
    internal override int Read(SettingValue canonical) => int.Parse(canonical.Text, CultureInfo.InvariantCulture);
    private protected override SettingValue? Canonical(string text) => Numbers.Within(text, Min, Max);
    private protected override SettingValue NearestTo(string text) => Numbers.Nearest(text, Min, Max) ?? Default;
}

/// <summary>A short time; written 5 or "5ms", stored as a number of milliseconds.</summary>
public sealed record MillisecondsSetting(int Min, int Max) : Setting<TimeSpan>
{
    public override string Type => "milliseconds";
    public override string Range => $"{Min} to {Max} ms (such as {Default} or {Default}ms)";
    internal override TimeSpan Read(SettingValue canonical) => TimeSpan.FromMilliseconds(int.Parse(canonical.Text, CultureInfo.InvariantCulture));
    private protected override SettingValue? Canonical(string text) => Numbers.Within(Bare(text), Min, Max);
    private protected override SettingValue NearestTo(string text) => Numbers.Nearest(Bare(text), Min, Max) ?? Default;
    private static string Bare(string text) =>
        text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) ? text[..^2].TrimEnd() : text;
}

public sealed record FlagSetting : Setting<bool>
{
    public override string Type => "flag";
    public override string Range => "true or false";
    internal override bool Read(SettingValue canonical) => canonical.Text == "true";
    private protected override SettingValue? Canonical(string text) =>
        bool.TryParse(text, out var flag) ? SettingValue.Of(flag) : null;
    private protected override SettingValue NearestTo(string text) =>
        text.ToLowerInvariant() is "1" or "yes" or "on" or "y" ? SettingValue.Of(true)
        : text.ToLowerInvariant() is "0" or "no" or "off" or "n" ? SettingValue.Of(false)
        : Default;
}

public sealed record WordSetting(IReadOnlyList<string> Words) : Setting<string>
{
    public override string Type => "word";
    public override string Range => "one of " + string.Join(", ", Words);
    internal override string Read(SettingValue canonical) => canonical.Text;
    private protected override SettingValue? Canonical(string text) =>
        Words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known ? SettingValue.Of(known) : null;
    private protected override SettingValue NearestTo(string text) =>
        Spelling.Nearest(text, Words) is { } near ? SettingValue.Of(near) : Default;
}

file static class Numbers
{
    public static SettingValue? Within(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? SettingValue.Of(number)
            : null;

    public static SettingValue? Nearest(string text, int min, int max) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number)
            ? SettingValue.Of((long)Math.Round(Math.Clamp(number, min, max)))
            : null;
}

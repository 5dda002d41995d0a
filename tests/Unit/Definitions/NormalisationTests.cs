using System.Text;
using CsCheck;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Tests.Unit.Definitions;

public class NormalisationTests
{
    [Theory]
    [InlineData("Straße", "STRASSE")]
    [InlineData("Café!", "cafe")]
    [InlineData("Cafe\u0301", "café")]
    [InlineData("ＴＯＷＮ ４２", "town 42")]
    [InlineData("ﬁnale ﬄ", "finale ffl")]
    [InlineData("İstanbul", "istanbul")]
    [InlineData("ISPARTA", "ısparta")]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("ΟΔΟΣ", "οδοσ")]
    [InlineData("Санкт-Петербург", "САНКТ ПЕТЕРБУРГ")]
    [InlineData("й", "и\u0306")]
    [InlineData("東京🗼", "東京")]
    [InlineData("\uF900", "豈")]
    [InlineData("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8")]
    [InlineData("٤٢", "42")]
    [InlineData("x²", "X2")]
    [InlineData("Łódź", "lodz")]
    [InlineData("Ærø", "aero")]
    [InlineData("𝐇𝐞𝐥𝐥𝐨", "hello")]
    [InlineData("the town-hall.", "THE  TOWN HALL")]
    public void Texts_that_people_take_for_the_same_answer_are_equal(string one, string other) =>
        Assert.Equal(Normalisation.Of(one), Normalisation.Of(other));

    [Theory]
    [InlineData("town hall", "townhall")]
    [InlineData("Straße", "strasse")]
    [InlineData("東京", "東京")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("½", "12")]
    public void The_normalised_text_is_what_the_rule_says(string text, string expected) =>
        Assert.Equal(expected, Normalisation.Of(text));

    [Theory]
    [InlineData("")]
    [InlineData("?!  …")]
    [InlineData("🗼🏆👩‍🚀")]
    [InlineData("\u0301\u0308")]
    [InlineData("\ud800")]
    public void What_holds_no_letter_and_no_number_becomes_empty(string text) => Assert.Equal("", Normalisation.Of(text));

    [Fact]
    public void Different_words_stay_different() => Assert.NotEqual(Normalisation.Of("tower"), Normalisation.Of("towers"));

    [Fact]
    public void Normalising_twice_changes_nothing() =>
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(code => new Rune(code).ToString()).Array[1, 8].Sample(parts =>
        {
            var once = Normalisation.Of(string.Concat(parts));
            return Normalisation.Of(once) == once && string.Concat(parts.Select(Normalisation.Of)) == once;
        });

    /// <summary>The table never changes: stored hashes of guesses depend on it. A new rule is a new version.</summary>
    [Fact]
    public void Version_1_of_the_rule_is_frozen()
    {
        var all = new StringBuilder();
        for (var code = 0; code <= 0x10FFFF; code++)
            if (Rune.IsValid(code)) all.Append(Normalisation.Of(new Rune(code).ToString())).Append('\n');
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString()));
        Assert.Equal("e8bd042a38c9b66dab51f1394118ae10a148f6d6c58fc9c1ec64f54b50ace3f9", Convert.ToHexStringLower(hash));
    }
}

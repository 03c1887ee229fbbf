using System.Text;

namespace FileMonitor.Agent.Queries;

/// <summary>A pattern over whole paths: <c>*</c> and <c>?</c> within a name, <c>**</c> over directories, everything else as it is.</summary>
/// <param name="Prefix">What every match begins with: an index can be searched for it.</param>
/// <param name="Regex">The same as a regular expression, of PostgreSQL as of .NET.</param>
internal sealed record Glob(string Prefix, string Regex)
{
    private static readonly char[] Wild = ['*', '?'];

    public static Glob Parse(string pattern)
    {
        var first = pattern.IndexOfAny(Wild);
        var regex = new StringBuilder("^");
        for (var at = 0; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '*' when at + 1 < pattern.Length && pattern[at + 1] == '*':
                    at++;

                    // "a/**/b" is also "a/b".
                    if (at + 1 < pattern.Length && pattern[at + 1] == '/' && (at < 2 || pattern[at - 2] == '/'))
                    {
                        at++;
                        regex.Append("(.*/)?");
                    }
                    else
                    {
                        regex.Append(".*");
                    }

                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                default:
                    Escape(regex, pattern[at]);
                    break;
            }
        }

        return new(first < 0 ? pattern : pattern[..first], regex.Append('$').ToString());
    }

    // What is no letter or digit of ASCII may be special; behind a backslash nothing but letters and digits is, and .NET refuses "\_". Other characters are none of the language.
    private static void Escape(StringBuilder regex, char character)
    {
        if (char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character) && character != '_')
        {
            regex.Append('\\');
        }

        regex.Append(character);
    }
}

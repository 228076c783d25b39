/** Who administers a chat of a platform. */
export interface ChatAdmins {
  /** Whether a person does; bots do not. @throws what the platform answers */
  isAdmin(chatId: string, id: string): Promise<boolean>;
}
